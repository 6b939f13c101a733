import Graphs

/// Each element times its logistic function.
///
/// y = x · σ(x), σ(x) = 1 / (1 + e^−x); PyTorch `silu`, also called swish.
///
/// Input: x of any shape. Output: the same shape, −0.279 or more.
public struct SiLU: PointwiseOperator {
  /// The stem of every file about this operator.
  public static let name = "silu"

  /// The operator; it has no parameters.
  public init() {}

  func value(_ x: Double) -> Double {
    x * logistic(x)
  }

  /// dx = dy · (σ(x) + y · (1 − σ(x))).
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let sigmoid = try graph.add(Sigmoid(), [site.inputs[0]])
    let rest = try graph.add(Subtract(), [graph.constant(1), sigmoid])
    let bend = try graph.add(Multiply(), [site.output, rest])
    let slope = try graph.add(Add(), [sigmoid, bend])
    return [try graph.add(Multiply(), [site.upstream, slope])]
  }
}
