import Graphs

/// The positive part of each element.
///
/// y = max(x, 0); ONNX `Relu`. Its derivative at exactly 0 is 0, as in PyTorch.
///
/// Input: x of any shape. Output: the same shape, 0 or more; NaN stays NaN.
public struct ReLU: PointwiseOperator {
  /// The stem of every file about this operator.
  public static let name = "relu"

  /// The operator; it has no parameters.
  public init() {}

  func value(_ x: Double) -> Double {
    x < 0 ? 0 : x
  }

  /// dx = dy where y > 0, which says the same as x > 0 and lets x be forgotten.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let gate = try graph.add(Step(), [site.output])
    return [try graph.add(Multiply(), [site.upstream, gate])]
  }
}
