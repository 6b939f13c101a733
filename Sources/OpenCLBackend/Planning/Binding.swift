import Execution
import Graphs
import OpenCLRuntime
import Tensors

extension Plan {
  /// The weights that the plan reads: tensor, weight, form and shape.
  var weights: [(tensor: Int, wanted: (weight: Weight, form: ParameterForm, shape: Shape))] {
    tensors.enumerated().compactMap { index, tensor in
      guard case .weight(let weight, let form) = tensor.storage else { return nil }
      return (index, (weight, form, tensor.shape))
    }
  }

  /// The true shape of every tensor when the axes have these rows.
  func bound(_ rows: (RowAxis) -> Int) -> [Shape] {
    tensors.map { tensor in
      tensor.rows.map { tensor.shape.withRows(rows($0)) } ?? tensor.shape
    }
  }

  /// Every tensor as launches see it.
  func placed(_ shapes: [Shape], inputs: [OpenCLTensor]) -> [PlacedTensor] {
    zip(tensors, shapes).map { tensor, shape in
      switch tensor.storage {
      case .input(let place): inputs[place].placed
      case .slot, .part:
        PlacedTensor(shape: shape, capacity: capacity(of: tensor), layout: tensor.layout)
      case .output, .weight, .constant:
        PlacedTensor(shape: shape, capacity: shape.extents.first ?? 1, layout: tensor.layout)
      }
    }
  }

  /// The tensors of a step at the moment of a launch.
  func scope(of step: Step, _ placed: [PlacedTensor]) -> LaunchScope {
    LaunchScope(
      inputs: step.inputs.map { placed[$0] }, output: placed[step.output],
      residual: step.residual.map { placed[$0] }, activation: step.activation,
      gate: step.gate.map { placed[$0] }, bounds: step.bounds, tile: step.tile)
  }

  /// The tensors of a step at full capacity.
  func scope(of step: Step, _ shapes: [Shape]) -> LaunchScope {
    scope(
      of: step,
      zip(tensors, shapes).map { tensor, shape in
        PlacedTensor(shape: shape, capacity: shape.extents.first ?? 1, layout: tensor.layout)
      })
  }

  /// The launches of a step, without those for inputs that already lie in its output.
  func calls(of step: Step, _ scope: LaunchScope) -> [KernelCall] {
    step.variant.calls(scope).filter { call in
      !call.operands.contains { operand in
        if case .input(let place) = operand { step.sharedInputs.contains(place) } else { false }
      }
    }
  }

  /// The inputs of a run as tensors of this engine, checked against the graph.
  /// - Throws: `BackendError.mismatch` where number, shape or engine differ.
  func check(
    _ inputs: [any ResidentTensor], on queue: DeviceQueue
  ) throws(BackendError) -> [OpenCLTensor] {
    guard inputs.count == graph.inputs.count else {
      throw .mismatch("\(inputs.count) inputs for a graph with \(graph.inputs.count)")
    }
    var checked: [OpenCLTensor] = []
    for (input, value) in zip(inputs, graph.inputs) {
      let node = graph[value]
      guard let tensor = input as? OpenCLTensor, tensor.belongs(to: queue) else {
        throw .mismatch("\(graph.describe(value)): a tensor of another engine")
      }
      let expected = node.shape(rows: tensor.shape.extents.first ?? 1)
      guard tensor.shape == expected, tensor.shape.elementCount > 0,
        tensor.layout == .canonical(for: tensor.shape)
      else {
        throw .mismatch("\(graph.describe(value)): \(tensor.shape) where \(node.shape) is due")
      }
      checked.append(tensor)
    }
    return checked
  }

  /// The rows of each axis in a run.
  /// - Throws: `BackendError.mismatch` where inputs disagree or the plan's own tensors would be
  ///   larger than the capacity.
  func rows(of inputs: [any ResidentTensor]) throws(BackendError) -> [RowAxis: Int] {
    var rows: [RowAxis: Int] = [:]
    for (input, value) in zip(inputs, graph.inputs) {
      guard let axis = graph[value].rows else { continue }
      let count = input.shape[0]
      if let known = rows[axis], known != count {
        throw .mismatch("\(graph.describe(value)): \(count) rows where others have \(known)")
      }
      rows[axis] = count
    }
    for tensor in tensors {
      if case .input = tensor.storage { continue }
      guard let axis = tensor.rows else { continue }
      guard let count = rows[axis] else { throw .mismatch("no input has rows of \(axis)") }
      guard count <= capacity else {
        throw .mismatch("\(count) rows in a plan for \(capacity)")
      }
    }
    return rows
  }

  /// Checks that every index fits in 32 bits and every buffer in an allocation.
  /// - Throws: `BackendError.outOfMemory`, so that a smaller capacity is tried, and `unsupported` for
  ///   weights, whose size is not ours to choose.
  func checkIndices(largestAllocation: Int) throws(BackendError) {
    for tensor in tensors {
      if case .weight(_, let form) = tensor.storage {
        guard max(form.floatCount(of: tensor.shape), tensor.shape.elementCount) < 1 << 31 else {
          throw .unsupported(node: "weights of \(tensor.shape), which exceed 2^31 floats")
        }
        continue
      }
      guard floatCount(of: tensor) < 1 << 31 else {
        throw .outOfMemory("a tensor of \(tensor.shape) for \(capacity) rows exceeds 2^31 floats")
      }
    }
    for floats in slots where floats >= 1 << 31 || floats * 4 > largestAllocation {
      throw .outOfMemory("a buffer of \(floats * 4) bytes for \(capacity) rows")
    }
  }
}
