import Execution
import Graphs
import OpenCLRuntime
import Tensors

/// A plan whose memory is counted and whose launches are left out.
final class RehearsedExecutable: Executable {
  private let plan: Plan
  private let backend: RehearsalBackend
  private let slots: [MemoryClaim]
  private let tables: [MemoryClaim]
  private let constants: [Int: RehearsedTensor]

  init(_ plan: Plan, on backend: RehearsalBackend) throws(BackendError) {
    self.plan = plan
    self.backend = backend
    slots = try plan.slots.map { floats throws(BackendError) in
      try backend.claim(floats: floats)
    }
    tables = try plan.steps.flatMap(\.variant.tables).map { table throws(BackendError) in
      try backend.claim(floats: table.count)
    }
    var constants: [Int: RehearsedTensor] = [:]
    for (index, tensor) in plan.tensors.enumerated() {
      guard case .constant(let number) = tensor.storage else { continue }
      constants[index] = try backend.makeTensor(number.shape, tensor.layout)
    }
    self.constants = constants
  }

  /// The steps that would be taken.
  var steps: [PlanStep] { plan.listedSteps }

  /// The bytes of the plan's own tensors.
  var byteCount: Int { plan.byteCount }

  /// Counts the weights that the run reads and the outputs that it makes.
  func run(
    _ inputs: [any ResidentTensor], _ parameters: any ResidentParameters
  ) async throws(BackendError) -> [any ResidentTensor] {
    if Task.isCancelled { throw .cancelled }
    let rows = try plan.rows(of: inputs)
    if let parameters = parameters as? RehearsedParameters {
      for (_, wanted) in plan.weights { try await parameters.hold(wanted) }
    }
    let shapes = plan.bound { rows[$0] ?? 1 }
    var made: [Int: RehearsedTensor] = [:]
    for (index, tensor) in plan.tensors.enumerated() {
      guard case .output = tensor.storage else { continue }
      made[index] = try backend.makeTensor(shapes[index], tensor.layout)
    }
    return plan.outputs.map { index in
      switch plan.tensors[index].storage {
      case .input(let place): inputs[place]
      case .constant, .output:
        made[index] ?? constants[index] ?? RehearsedTensor(shape: shapes[index], claim: nil)
      case .slot, .part, .weight: RehearsedTensor(shape: shapes[index], claim: slot(of: index))
      }
    }
  }

  /// The memory of the plan's own in which a tensor lies.
  private func slot(of tensor: Int) -> MemoryClaim? {
    guard case .slot(let slot) = plan.tensors[plan.home(of: tensor).host].storage else {
      return nil
    }
    return slots[slot]
  }
}
