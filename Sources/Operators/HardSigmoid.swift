import Graphs

/// A line through each element, limited to the range from 0 to 1.
///
/// y = min(max(slope · x + offset, 0), 1); ONNX `HardSigmoid`. With the defaults it is PyTorch's
/// `hardsigmoid`. Its derivative at the kinks is 0.
///
/// Input: x of any shape. Output: the same shape, from 0 to 1; NaN stays NaN.
public struct HardSigmoid: PointwiseOperator {
  /// The stem of every file about this operator.
  public static let name = "hard_sigmoid"

  /// The slope of the line.
  public var slope: Float
  /// The value of the line at 0.
  public var offset: Float

  /// A hard sigmoid.
  public init(slope: Float = 1 / 6, offset: Float = 0.5) {
    self.slope = slope
    self.offset = offset
  }

  var complaint: String? {
    slope.isFinite && offset.isFinite ? nil : "slope \(slope), offset \(offset)"
  }

  func value(_ x: Double) -> Double {
    let line = Double(slope) * x + Double(offset)
    return line < 0 ? 0 : line > 1 ? 1 : line
  }

  /// dx = slope · dy where 0 < y < 1.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let gate = try graph.add(Step(lower: 0, upper: 1), [site.output])
    let slope = try graph.add(Multiply(), [gate, graph.constant(slope)])
    return [try graph.add(Multiply(), [site.upstream, slope])]
  }
}
