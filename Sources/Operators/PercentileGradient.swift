import Graphs
import Tensors

/// The gradient of a percentile.
///
/// dx = (1 − f) · dy at the element of rank ⌊h⌋ and f · dy at the element of rank ⌊h⌋ + 1, with
/// f = h − ⌊h⌋; both where the ranks are one. Among equal elements the rank order is that of the flat
/// index.
///
/// Inputs: x of any shape, dy of its shape with extent 1 along the axes. Output: the shape of x.
public struct PercentileGradient: Operator {
  /// The stem of every file about this operator.
  public static let name = "percentile_gradient"

  /// The percentile of the forward pass.
  public var percentile: Percentile

  /// The gradient of a percentile.
  public init(_ percentile: Percentile) {
    self.percentile = percentile
  }

  /// The shape of x.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, 2...2, takes: "x, dy")
    let y = try percentile.outputShape([inputs[0]])
    guard y == inputs[1] else {
      throw ShapeError(Self.name, "dy \(inputs[1]), but \(inputs[0]) gives \(y)")
    }
    return inputs[0]
  }

  /// The rows of x.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    try Self.sharedRows(inputs)
    return inputs.first ?? nil
  }

  /// Sorts each list by element, then by index.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (x, dy) = (inputs[0], inputs[1])
    var dx = zeroOutput(inputs)
    for (place, list) in x.shape.indices(reducing: percentile.axes).enumerated() {
      let order = list.sorted { x[$0] < x[$1] || (x[$0] == x[$1] && $0 < $1) }
      let ranks = percentile.ranks(list.count)
      dx[order[ranks.low]] += (1 - ranks.fraction) * dy[place]
      dx[order[ranks.high]] += ranks.fraction * dy[place]
    }
    return dx
  }

  /// Refused: the derivative for dy picks elements by the ranks of x, which is not an operator, and
  /// leaving it out would be wrong without a word.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    throw .unsuitable("second derivatives through percentile are not available")
  }

  /// One comparison for each element.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: inputs[0].elementCount)
  }
}
