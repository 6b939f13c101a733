import Graphs

/// The natural logarithm of each element.
///
/// y = ln x; ONNX `Log`.
///
/// Input: x of any shape. Output: the same shape; −infinity at 0, NaN below.
public struct Logarithm: PointwiseOperator {
  /// The stem of every file about this operator.
  public static let name = "logarithm"

  /// The operator; it has no parameters.
  public init() {}

  func value(_ x: Double) -> Double {
    naturalLogarithm(x)
  }

  /// dx = dy / x.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    [try graph.add(Divide(), [site.upstream, site.inputs[0]])]
  }
}
