import Graphs

/// The quotient of two tensors, element by element.
///
/// y = a / b; ONNX `Div`. IEEE where b is 0: infinite, or NaN for 0/0.
///
/// Inputs: a, b of shapes that broadcast as in NumPy. Output: their common shape.
public struct Divide: BroadcastingOperator {
  /// The stem of every file about this operator.
  public static let name = "divide"

  /// The operator; it has no parameters.
  public init() {}

  func value(_ a: Double, _ b: Double) -> Double { a / b }

  /// da = dy / b and db = −dy · y / b, summed to the shape of each.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let (a, b) = (site.inputs[0], site.inputs[1])
    let da = try graph.add(Divide(), [site.upstream, b])
    let slope = try graph.negated(graph.add(Multiply(), [da, site.output]))
    return [try graph.sum(da, to: a), try graph.sum(slope, to: b)]
  }
}
