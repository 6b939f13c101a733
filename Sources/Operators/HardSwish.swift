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

  /// dx = dy · (min(max(x + 3, 0), 6) + x where −3 < x < 3) / 6.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    // The sixth is taken last: 1/6 as a float would cost the derivative seven digits.
    let x = site.inputs[0]
    let line = try graph.add(Add(), [x, graph.constant(3)])
    let gate = try graph.add(Clamp(lower: 0, upper: 6), [line])
    let inside = try graph.add(Step(lower: -3, upper: 3), [x])
    let bend = try graph.add(Multiply(), [x, inside])
    let sum = try graph.add(Add(), [gate, bend])
    let slope = try graph.add(Divide(), [sum, graph.constant(6)])
    return [try graph.add(Multiply(), [site.upstream, slope])]
  }
}
