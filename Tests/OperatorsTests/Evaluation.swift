import Execution
import Graphs
import OperatorCases
import Operators
import ReferenceBackend
import Tensors

/// Runs a graph on the reference with values in double precision.
func evaluate(
  _ graph: Graph, _ inputs: [HostTensor<Double>],
  weights: [ParameterName: HostTensor<Double>] = [:]
) async throws -> [HostTensor<Double>] {
  let backend = ReferenceBackend()
  let sources = weights.mapValues { HostWeights($0.converted()) as any WeightSource }
  let parameters = try await backend.upload(sources)
  for (name, tensor) in weights {
    try await parameters.replace(name, with: ReferenceTensor(tensor))
  }
  let capacity = inputs.map { $0.shape.extents.first ?? 1 }.max() ?? 1
  let executable = try await backend.compile(graph, CompileOptions(capacity: capacity))
  let outputs = try await executable.run(inputs.map { ReferenceTensor($0) }, parameters)
  return outputs.compactMap { ($0 as? ReferenceTensor)?.values }
}

/// Applies one operator to tensors, without a graph.
func apply(_ operation: some Operator, _ inputs: HostTensor<Double>...) -> HostTensor<Double> {
  operation.reference(inputs)
}

/// The gradient of Σ y · upstream with respect to one input of an operator.
func gradient(
  of operation: some Operator, at inputs: [HostTensor<Double>], upstream: HostTensor<Double>,
  withRespectTo place: Int = 0
) async throws -> HostTensor<Double> {
  var builder = GraphBuilder()
  let values = inputs.enumerated().map { builder.input("x\($0)", $1.shape, rows: nil) }
  let factor = builder.input("upstream", upstream.shape, rows: nil)
  let y = try builder.add(operation, values)
  let loss = try builder.add(Multiply(), [y, factor])
  let graph = try builder.finish(outputs: [loss]).backward(from: loss, to: [values[place]])
  return try await evaluate(graph, inputs + [upstream])[1]
}

/// The values of a case, any of which may be moved.
struct CaseValues {
  var inputs: [HostTensor<Double>]
  var weights: [ParameterName: HostTensor<Double>]

  init(_ operatorCase: OperatorCase) {
    inputs = operatorCase.inputs.map { $0.converted() }
    weights = operatorCase.weights.mapValues { $0.converted() }
  }

  /// The tensor that a value of the graph stands for.
  subscript(value: Value, graph: Graph) -> HostTensor<Double>? {
    get {
      if case .parameter(let name) = graph[value].source { return weights[name] }
      return graph.inputs.firstIndex(of: value).map { inputs[$0] }
    }
    set {
      guard let newValue else { return }
      if case .parameter(let name) = graph[value].source { weights[name] = newValue }
      if let place = graph.inputs.firstIndex(of: value) { inputs[place] = newValue }
    }
  }

  func outputs(of graph: Graph) async throws -> [HostTensor<Double>] {
    try await evaluate(graph, inputs, weights: weights)
  }
}
