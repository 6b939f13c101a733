import Graphs
import Operators

/// How a gradient passes a batch normalisation by the statistics of its own input, in one piece.
///
/// It says what differentiating mean, variance and normalisation one after the other says, in
/// fewer passes over the activations.
package struct BatchStatisticsRule: BackwardRule {
  /// The number of rows that the statistics are of, `[1]`, in the graph that is differentiated.
  private let rows: Value
  /// The share of them that this rank has, `[1]`; nil where it has all.
  private let share: Value?

  /// The rule of a graph.
  /// - Parameters:
  ///   - rows: the number of rows that the statistics are of, `[1]`.
  ///   - share: the share of them that this rank has, `[1]`; nil where it has all.
  package init(rows: Value, share: Value? = nil) {
    self.rows = rows
    self.share = share
  }

  /// Normalisations whose mean and variance are those of their x.
  package func applies(to node: Node, in graph: Graph) -> Bool {
    guard node.operation is BatchNorm else { return false }
    let (x, mean, variance) = (node.inputs[0], node.inputs[3], node.inputs[4])
    guard let ownMean = own(mean, in: graph), let ownVariance = own(variance, in: graph),
      let reduction = ownMean.operation as? ReduceMean, ownMean.inputs == [x],
      ownVariance.operation is BatchVariance, ownVariance.inputs == [x, mean]
    else { return false }
    return reduction.axes == graph[x].shape.axesBesideChannels
  }

  /// The statistic of this rank's rows behind that of all rows; nil for anything else.
  private func own(_ statistic: Value, in graph: Graph) -> Node? {
    guard let share else { return graph[statistic] }
    guard graph[statistic].operation is SummedOverRanks else { return nil }
    let part = graph[graph[statistic].inputs[0]]
    guard part.operation is Multiply, part.inputs[1] == share else { return nil }
    return graph[part.inputs[0]]
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
    let sums = [try overRanks(dscale, in: &graph), try overRanks(dbias, in: &graph)]
    let dx = try graph.add(
      BatchNormGradient(epsilon: norm.epsilon), [dy, x, scale] + statistics + sums + [rows])
    return [dx, dscale, dbias, nil, nil]
  }

  private func overRanks(
    _ sum: Value, in graph: inout GraphBuilder
  ) throws(GraphError) -> Value {
    try share == nil ? sum : graph.add(SummedOverRanks(), [sum])
  }
}
