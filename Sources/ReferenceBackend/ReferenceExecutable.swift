import Execution
import Graphs
import Operators
import Tensors

/// A graph that is walked node by node.
struct ReferenceExecutable: Executable {
  let graph: Graph
  let capacity: Int

  /// One step for each node that the outputs need.
  var steps: [PlanStep] {
    let live = graph.liveness
    return graph.nodes.compactMap { node in
      guard let operation = node.operation, live.isNeeded(node.value) else { return nil }
      return PlanStep(
        nodes: [node.value], algorithm: "reference", kernel: "reference:\(operation.name)")
    }
  }

  /// The most bytes alive at once, at full capacity.
  var byteCount: Int {
    let live = graph.liveness
    var sizes = [Int](repeating: 0, count: graph.nodes.count)
    var (current, most) = (0, 0)
    for node in graph.nodes where live.isNeeded(node.value) {
      sizes[node.value.id] = node.shape(rows: capacity).elementCount * MemoryLayout<Double>.stride
      current += sizes[node.value.id]
      most = max(most, current)
      for value in Set(node.inputs) where live.lastUse(of: value) == node.value.id {
        current -= sizes[value.id]
      }
    }
    return most
  }

  func run(
    _ inputs: [any ResidentTensor], _ parameters: any ResidentParameters
  ) async throws(BackendError) -> [any ResidentTensor] {
    let tensors = inputs.compactMap { $0 as? ReferenceTensor }
    guard tensors.count == inputs.count, let parameters = parameters as? ReferenceParameters else {
      throw .mismatch("a tensor or weights of another engine")
    }
    let rows = try RowBinding(graph, tensors.map(\.shape), capacity: capacity)
    let live = graph.liveness
    var values = [HostTensor<Double>?](repeating: nil, count: graph.nodes.count)
    for (input, tensor) in zip(graph.inputs, tensors) { values[input.id] = tensor.values }
    for node in graph.nodes where live.isNeeded(node.value) {
      guard !Task.isCancelled else { throw .cancelled }
      switch node.source {
      case .input: break
      case .parameter(let name):
        values[node.value.id] = try await parameters.values(of: name, shape: node.shape)
      case .constant(let tensor): values[node.value.id] = tensor.converted()
      case .operation(let operation, let inputs):
        let operands = inputs.map { value in
          values[value.id] ?? { preconditionFailure("\(operation.name): dropped too early") }()
        }
        values[node.value.id] = try compute(operation, operands, rows.shape(of: node))
        for value in inputs where live.lastUse(of: value) == node.value.id {
          values[value.id] = nil
        }
      }
    }
    return graph.outputs.map { output in
      guard let tensor = values[output.id] else { preconditionFailure("an output was dropped") }
      return ReferenceTensor(tensor)
    }
  }

  /// One node by its definition, once its true shapes are known to fit.
  private func compute(
    _ operation: any Operator, _ operands: [HostTensor<Double>], _ expected: Shape
  ) throws(BackendError) -> HostTensor<Double> {
    let shape: Shape
    do throws(ShapeError) {
      shape = try operation.outputShape(operands.map(\.shape))
    } catch {
      throw .mismatch("\(error)")
    }
    guard shape == expected else {
      throw .mismatch("\(operation.name): \(shape) where the graph says \(expected)")
    }
    return operation.reference(operands)
  }
}
