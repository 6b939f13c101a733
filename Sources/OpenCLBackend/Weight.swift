import Graphs
import Operators
import Tensors

/// What a plan reads besides its inputs and that is the same in every run.
///
/// A weight is known by what it is made of, so plans that need the same one share it.
package enum Weight: Sendable, Hashable {
  /// A parameter as it is held.
  case parameter(ParameterName)
  /// The output of a graph over parameters, computed when it is first asked for.
  case computed(Graph)

  /// The parameters that it is made of.
  var parameters: Set<ParameterName> {
    switch self {
    case .parameter(let name): [name]
    case .computed(let graph): graph.parameterNames
    }
  }

  /// A fixed value of a graph; nil for a value that is not.
  init?(_ value: Value, in graph: Graph) throws(GraphError) {
    if case .parameter(let name) = graph[value].source {
      self = .parameter(name)
      return
    }
    guard graph.isFixed(value) else { return nil }
    var builder = GraphBuilder()
    var places: [Value: Value] = [:]
    let made = try graph.carry(value, into: &builder, &places)
    let row = try builder.flattened(made)
    self = .computed(try builder.finish(outputs: [row]))
  }

  /// The filters and the bias of a convolution with batch normalisation behind it:
  /// w'[k] = w[k]·s[k], b'[k] = (b[k] − mean[k])·s[k] + bias[k], s = scale / √(variance + ε).
  ///
  /// Both are that same normalisation, of the filters without mean and bias.
  static func folding(
    _ norm: Node, into convolution: Node, of graph: Graph
  ) throws(GraphError) -> (filters: Weight, bias: Weight)? {
    guard let operation = norm.operation as? BatchNorm else { return nil }
    var filters = try Ingredients(convolution, norm, of: graph)
    let count = filters.builder.shape(of: filters.statistics[0])[0]
    let rows = filters.builder.shape(of: filters.operands[0]).elementCount / count
    let w = try filters.builder.add(Reshape([1, count, rows]), [filters.operands[0]])
    let (scale, variance) = (filters.statistics[0], filters.statistics[3])
    let zero = try filters.zeros()
    let scaled = try filters.builder.add(operation, [w, scale, zero, zero, variance])
    var bias = try Ingredients(convolution, norm, of: graph)
    let b = try bias.operands.count > 1 ? bias.operands[1] : bias.zeros()
    let row = try bias.builder.add(Reshape([1, count]), [b])
    let moved = try bias.builder.add(operation, [row] + bias.statistics)
    return (try filters.finish(scaled), try bias.finish(moved))
  }

  /// Filters, bias and statistics in a graph of their own.
  private struct Ingredients: ~Copyable {
    var builder = GraphBuilder()
    /// Filters, and the bias where there is one.
    var operands: [Value] = []
    /// Scale, bias, mean and variance.
    var statistics: [Value] = []

    init(_ convolution: Node, _ norm: Node, of graph: Graph) throws(GraphError) {
      var places: [Value: Value] = [:]
      for value in convolution.inputs.dropFirst() {
        operands.append(try graph.carry(value, into: &builder, &places))
      }
      for value in norm.inputs.dropFirst() {
        statistics.append(try graph.carry(value, into: &builder, &places))
      }
    }

    mutating func zeros() throws(GraphError) -> Value {
      try builder.add(Broadcast(), [builder.constant(0), statistics[0]])
    }

    consuming func finish(_ value: Value) throws(GraphError) -> Weight {
      let made = try builder.flattened(value)
      return .computed(try builder.finish(outputs: [made]))
    }
  }
}

extension GraphBuilder {
  /// The elements in one row, as weights are held.
  fileprivate mutating func flattened(_ value: Value) throws(GraphError) -> Value {
    let shape = shape(of: value)
    return shape.rank < 2 ? value : try add(Reshape([shape.elementCount]), [value])
  }
}

extension Graph {
  /// The parameters that it reads.
  fileprivate var parameterNames: Set<ParameterName> {
    Set(
      nodes.compactMap { node in
        if case .parameter(let name) = node.source { name } else { nil }
      })
  }
}
