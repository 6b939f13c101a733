import Graphs

/// The difference of two tensors.
///
/// y = a − b; ONNX `Sub`.
///
/// Inputs: a, b of shapes that broadcast as in NumPy. Output: their common shape.
public struct Subtract: BroadcastingOperator {
  /// The stem of every file about this operator.
  public static let name = "subtract"

  /// The operator; it has no parameters.
  public init() {}

  func value(_ a: Double, _ b: Double) -> Double { a - b }

  /// da = dy and db = −dy, summed to the shape of each.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let db = try graph.sum(site.upstream, to: site.inputs[1])
    return [try graph.sum(site.upstream, to: site.inputs[0]), try graph.negated(db)]
  }
}
