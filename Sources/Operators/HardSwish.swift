import Graphs

/// Each element times its hard sigmoid.
///
/// y = x · min(max(x / 6 + 1/2, 0), 1); ONNX `HardSwish`, PyTorch `hardswish`. Its derivative is 0
/// at −3 and 1 at 3.
///
/// Input: x of any shape. Output: the same shape, −0.375 or more.
public struct HardSwish: PointwiseOperator {
  /// The stem of every file about this operator.
  public static let name = "hard_swish"

  /// The operator; it has no parameters.
  public init() {}

  func value(_ x: Double) -> Double {
    x * min(max(x / 6 + 0.5, 0), 1)
  }

  /// dx = dy · (h(x) + x / 6 where −3 < x < 3), h the hard sigmoid.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let x = site.inputs[0]
    let gate = try graph.add(HardSigmoid(), [x])
    let inside = try graph.add(Step(lower: -3, upper: 3), [x])
    let sixth = try graph.add(Divide(), [x, graph.constant(6)])
    let bend = try graph.add(Multiply(), [sixth, inside])
    let slope = try graph.add(Add(), [gate, bend])
    return [try graph.add(Multiply(), [site.upstream, slope])]
  }
}
