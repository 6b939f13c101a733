import Graphs

/// The square root of each element.
///
/// y = √x; ONNX `Sqrt`.
///
/// Input: x of any shape. Output: the same shape; NaN below 0.
public struct SquareRoot: PointwiseOperator {
  /// The stem of every file about this operator.
  public static let name = "square_root"

  /// The operator; it has no parameters.
  public init() {}

  func value(_ x: Double) -> Double {
    x.squareRoot()
  }

  /// dx = dy / 2y.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let half = try graph.add(Multiply(), [site.upstream, graph.constant(0.5)])
    return [try graph.add(Divide(), [half, site.output])]
  }
}
