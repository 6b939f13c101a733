import Tensors

extension GraphBuilder {
  /// Copies what the outputs of a graph need, reading other values in place of some of its own.
  ///
  /// The copy computes the same with the same parameters; taps are not copied. Constants and
  /// operations that the builder already holds are shared where inputs agree.
  /// - Parameters:
  ///   - graph: what is copied.
  ///   - replacements: for values of the graph, and for each input that is needed besides them,
  ///     the values that take their places; what only replaced values need is not copied.
  /// - Returns: the values of the graph's outputs, in order.
  /// - Throws: `GraphError.shape` where a replacement does not fit, `unsuitable` where one lacks.
  public mutating func inline(
    _ graph: Graph, replacing replacements: [Value: Value]
  ) throws(GraphError) -> [Value] {
    var isNeeded = [Bool](repeating: false, count: graph.nodes.count)
    for output in graph.outputs { isNeeded[output.id] = true }
    for node in graph.nodes.reversed()
    where isNeeded[node.value.id] && replacements[node.value] == nil {
      for input in node.inputs { isNeeded[input.id] = true }
    }
    var copies = replacements
    for node in graph.nodes where isNeeded[node.value.id] && copies[node.value] == nil {
      switch node.source {
      case .input(let name): throw .unsuitable("nothing takes the place of input \(name)")
      case .parameter(let name): copies[node.value] = parameter(name, node.shape)
      case .constant(let tensor): copies[node.value] = constant(tensor)
      case .operation(let operation, let inputs):
        copies[node.value] = try add(operation, inputs.compactMap { copies[$0] })
      }
    }
    return graph.outputs.compactMap { copies[$0] }
  }
}
