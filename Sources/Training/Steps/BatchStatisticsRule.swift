import Graphs
import Operators

/// How a gradient passes a batch normalisation by the statistics of its own input, in one piece.
///
/// It says what differentiating mean, variance and normalisation one after the other says, in
/// fewer passes over the activations.
package struct BatchStatisticsRule: BackwardRule {
  /// The number of rows, `[1]`, in the graph that is differentiated.
  private let rows: Value

  /// The rule of a graph.
  /// - Parameter rows: the number of rows, `[1]`.
  package init(rows: Value) {
    self.rows = rows
  }

  /// Normalisations whose mean and variance are those of their x.
  package func applies(to node: Node, in graph: Graph) -> Bool {
    guard node.operation is BatchNorm else { return false }
    let (x, mean, variance) = (node.inputs[0], node.inputs[3], node.inputs[4])
    guard let reduction = graph[mean].operation as? ReduceMean, graph[mean].inputs == [x],
      graph[variance].operation is BatchVariance, graph[variance].inputs == [x, mean]
    else { return false }
    return reduction.axes == graph[x].shape.axesBesideChannels
  }

  /// For x, scale and bias; nothing is left for mean and variance, which follow from x.
  package func relevance(
    at site: GradientSite, of forward: Graph, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    guard let norm = site.node.operation as? BatchNorm else { return [] }
    let (dy, x, scale) = (site.upstream, site.inputs[0], site.inputs[1])
    let statistics = Array(site.inputs[3...])
    let axes = graph.shape(of: x).axesBesideChannels
    let dbias = try graph.add(ReduceSum(axes: axes, keepsAxes: false), [dy])
    let dscale = try graph.add(
      BatchNormScaleGradient(epsilon: norm.epsilon), [dy, x] + statistics)
    let elements = graph.constant(Float(graph.shape(of: x).row.row.elementCount))
    let count = try graph.add(Multiply(), [rows, elements])
    let means = [
      try graph.add(Divide(), [dscale, count]), try graph.add(Divide(), [dbias, count]),
    ]
    let dx = try graph.add(
      BatchNormGradient(epsilon: norm.epsilon), [dy, x, scale] + statistics + means)
    return [dx, dscale, dbias, nil, nil]
  }
}
