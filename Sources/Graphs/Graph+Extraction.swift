import Tensors

extension Graph {
  /// Some nodes as a graph of their own, to be run and compared apart from the rest.
  ///
  /// - Parameter values: the nodes, in order; the last one's value is the output.
  /// - Returns: the graph, and for each of its inputs the value of this graph that belongs there.
  ///   Parameters, constants and what follows from them alone are carried over.
  /// - Throws: `GraphError` where the list is empty.
  public func extract(
    _ values: [Value]
  ) throws(GraphError) -> (graph: Graph, inputs: [Value]) {
    guard let last = values.last else { throw .noOutput }
    var builder = GraphBuilder()
    var inputs: [Value] = []
    var places: [Value: Value] = [:]
    for value in values {
      guard let operation = self[value].operation else { continue }
      for input in self[value].inputs where places[input] == nil {
        let node = self[input]
        switch node.source {
        case .parameter(let name): places[input] = builder.parameter(name, node.shape)
        case .constant(let number): places[input] = builder.constant(number)
        case .operation where isFixed(input): _ = try carry(input, into: &builder, &places)
        case .input, .operation:
          places[input] = builder.input(describe(input), node.shape, rows: node.rows)
          inputs.append(input)
        }
      }
      places[value] = try builder.add(operation, self[value].inputs.compactMap { places[$0] })
    }
    guard let output = places[last] else { throw .noOutput }
    return (try builder.finish(outputs: [output]), inputs)
  }
}
