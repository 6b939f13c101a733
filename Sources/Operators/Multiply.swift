import Graphs

/// The product of two tensors, element by element.
///
/// y = a · b; ONNX `Mul`.
///
/// Inputs: a, b of shapes that broadcast as in NumPy. Output: their common shape.
public struct Multiply: BroadcastingOperator {
  /// The stem of every file about this operator.
  public static let name = "multiply"

  /// The operator; it has no parameters.
  public init() {}

  func value(_ a: Double, _ b: Double) -> Double { a * b }

  /// da = dy · b and db = dy · a, summed to the shape of each.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let (a, b) = (site.inputs[0], site.inputs[1])
    let da = try graph.add(Multiply(), [site.upstream, b])
    let db = try graph.add(Multiply(), [site.upstream, a])
    return [try graph.sum(da, to: a), try graph.sum(db, to: b)]
  }
}
