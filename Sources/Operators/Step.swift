import Graphs

/// One where an element lies strictly inside a range, else zero.
///
/// y = 1 if lower < x < upper, else 0: the derivative of `ReLU` and `Clamp`. Its own derivative is
/// zero wherever it exists.
///
/// Input: x of any shape. Output: the same shape, 0 or 1; 0 for NaN.
public struct Step: PointwiseOperator {
  /// The stem of every file about this operator.
  public static let name = "step"

  /// The open lower end of the range; may be −infinity.
  public var lower: Float
  /// The open upper end of the range; may be infinity.
  public var upper: Float

  /// A step; by default one for positive elements.
  public init(lower: Float = 0, upper: Float = .infinity) {
    self.lower = lower
    self.upper = upper
  }

  var complaint: String? {
    lower.isNaN || upper.isNaN ? "limits \(lower) and \(upper)" : nil
  }

  func value(_ x: Double) -> Double {
    Double(lower) < x && x < Double(upper) ? 1 : 0
  }
}
