import Graphs

/// The sum of two tensors.
///
/// y = a + b; ONNX `Add`.
///
/// Inputs: a, b of shapes that broadcast as in NumPy. Output: their common shape.
public struct Add: BroadcastingOperator {
  /// The stem of every file about this operator.
  public static let name = "add"

  /// The operator; it has no parameters.
  public init() {}

  func value(_ a: Double, _ b: Double) -> Double { a + b }

  /// da = db = dy, summed to the shape of each.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    [
      try graph.sum(site.upstream, to: site.inputs[0]),
      try graph.sum(site.upstream, to: site.inputs[1]),
    ]
  }
}
