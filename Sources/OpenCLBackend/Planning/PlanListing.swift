import Execution

extension OpenCLExecutable {
  /// The steps, each with its kernels.
  package var steps: [PlanStep] { plan.listedSteps }
}

extension Plan {
  /// The steps, each with its kernels.
  var listedSteps: [PlanStep] {
    let atCapacity = bound { _ in capacity }
    return steps.map { step in
      let calls = calls(of: step, scope(of: step, atCapacity))
      var kernels: [String] = []
      for call in calls where !kernels.contains(call.kernel.description) {
        kernels.append(call.kernel.description)
      }
      var listed = PlanStep(
        nodes: step.nodes, algorithm: step.variant.algorithm,
        kernel: kernels.joined(separator: " "))
      listed.tile = step.tile.description
      listed.launchCount = calls.count
      listed.effort = step.variant.effort
      listed.byteCount = movedBytes(by: step)
      listed.buffers = buffers(of: step)
      return listed
    }
  }

  /// Every tensor of the step once, and its working memory twice.
  fileprivate func movedBytes(by step: Step) -> Int {
    let moved = Set(step.sources + [step.output]).map { index in
      switch tensors[index].storage {
      case .weight(_, let form): form.floatCount(of: tensors[index].shape)
      case .input, .output, .slot, .part, .constant: floatCount(of: tensors[index])
      }
    }
    return 4 * (moved.reduce(0, +) + 2 * step.variant.scratch.reduce(0, +))
  }

  fileprivate func buffers(of step: Step) -> String {
    let sources = step.sources.compactMap { name(of: tensors[$0].storage) }
    let scratch =
      step.scratch.isEmpty ? [] : ["(\(step.scratch.map(String.init).joined(separator: " ")))"]
    return ([name(of: tensors[step.output].storage) ?? "", "<-"] + sources + scratch)
      .joined(separator: " ")
  }

  /// A slot by its number; nil for weights.
  private func name(of storage: Storage) -> String? {
    switch storage {
    case .input: "in"
    case .output: "out"
    case .slot(let slot): String(slot)
    case .part(let host, _): name(of: tensors[host].storage)
    case .weight: nil
    case .constant: "constant"
    }
  }
}
