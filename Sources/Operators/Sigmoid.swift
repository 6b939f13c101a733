import Graphs

/// The logistic function of each element.
///
/// y = 1 / (1 + e^−x); ONNX `Sigmoid`.
///
/// Input: x of any shape. Output: the same shape, between 0 and 1.
public struct Sigmoid: PointwiseOperator {
  /// The stem of every file about this operator.
  public static let name = "sigmoid"

  /// The operator; it has no parameters.
  public init() {}

  func value(_ x: Double) -> Double {
    logistic(x)
  }

  /// dx = dy · y · (1 − y).
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let rest = try graph.add(Subtract(), [graph.constant(1), site.output])
    let slope = try graph.add(Multiply(), [site.output, rest])
    return [try graph.add(Multiply(), [site.upstream, slope])]
  }
}
