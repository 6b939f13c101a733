import Graphs

/// Each element, limited to a range.
///
/// y = min(max(x, lower), upper); ONNX `Clip`. Its derivative at a limit is 0, as that of PyTorch's
/// `hardtanh` and `relu6`.
///
/// Input: x of any shape. Output: the same shape, within the limits; NaN stays NaN.
public struct Clamp: PointwiseOperator {
  /// The stem of every file about this operator.
  public static let name = "clamp"

  /// The smallest output; may be −infinity.
  public var lower: Float
  /// The largest output; may be infinity.
  ///
  /// It wins where it is below `lower`.
  public var upper: Float

  /// A clamp.
  public init(lower: Float, upper: Float) {
    self.lower = lower
    self.upper = upper
  }

  var complaint: String? {
    lower.isNaN || upper.isNaN ? "limits \(lower) and \(upper)" : nil
  }

  func value(_ x: Double) -> Double {
    let raised = x < Double(lower) ? Double(lower) : x
    return raised > Double(upper) ? Double(upper) : raised
  }

  /// dx = dy where the output lies strictly between the limits.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let gate = try graph.add(Step(lower: lower, upper: upper), [site.output])
    return [try graph.add(Multiply(), [site.upstream, gate])]
  }
}
