import Graphs
import Tensors

/// Each map, scaled to the range from 0 to 1.
///
/// y = (x − min x) / (max x − min x) over each map; all zeros where the map is constant, and the
/// derivative there is zero. Elsewhere it runs through the first minimum and the first maximum too.
///
/// Input: x `[N, C, h, w]`. Output: the same shape, from 0 to 1.
public struct MinMax: Operator {
  /// The stem of every file about this operator.
  public static let name = "min_max"

  /// The operator; it has no parameters.
  public init() {}

  /// The shape of x.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [4], takes: "x [N, C, h, w]")
    return inputs[0]
  }

  /// The formula, map by map.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let x = inputs[0]
    var y = zeroOutput(inputs)
    for map in x.shape.indices(reducing: [2, 3]) {
      let minimum = map.reduce(x[map[0]]) { min($0, x[$1]) }
      let maximum = map.reduce(x[map[0]]) { max($0, x[$1]) }
      for index in map where maximum != minimum {
        y[index] = (x[index] - minimum) / (maximum - minimum)
      }
    }
    return y
  }

  /// The derivative through x, its minimum and its maximum.
  ///
  /// With u = dy / (max − min), 0 for constant maps: dx = u + Σ u·(y − 1) at the first minimum
  /// − Σ u·y at the first maximum.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let (x, y) = (site.inputs[0], site.output)
    let maps = [2, 3]
    let sum = ReduceSum(axes: maps, keepsAxes: true)
    let minimum = try graph.add(ReduceMin(axes: maps, keepsAxes: true), [x])
    let maximum = try graph.add(ReduceMax(axes: maps, keepsAxes: true), [x])
    let range = try graph.add(Subtract(), [maximum, minimum])
    let varies = try graph.add(Step(), [range])
    let constant = try graph.add(Subtract(), [graph.constant(1), varies])
    let divisor = try graph.add(Add(), [range, constant])
    let scale = try graph.add(Divide(), [varies, divisor])
    let direct = try graph.add(Multiply(), [site.upstream, scale])
    let high = try graph.add(sum, [graph.add(Multiply(), [direct, y])])
    let low = try graph.add(Subtract(), [high, graph.add(sum, [direct])])
    let first = try graph.add(ArgMin(axes: maps, keepsAxes: true), [x])
    let last = try graph.add(ArgMax(axes: maps, keepsAxes: true), [x])
    let atMinimum = try graph.scatter(low, at: first, along: maps, of: x)
    let atMaximum = try graph.scatter(graph.negated(high), at: last, along: maps, of: x)
    return [try graph.add(Accumulate(), [direct, atMinimum, atMaximum])]
  }

  /// Two comparisons, a difference and a quotient for each element.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 4 * inputs[0].elementCount)
  }
}
