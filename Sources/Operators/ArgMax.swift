import Graphs

/// The position of the largest element along some axes, as a number.
///
/// y is the flat row-major index over the axes alone, 0 for their first element; the first maximum
/// wins a tie. With one axis it is ONNX `ArgMax`. Its derivative is zero wherever it exists.
///
/// Input: x of any shape. Output: its shape with the axes dropped, or of extent 1.
public struct ArgMax: ReducingOperator {
  /// The stem of every file about this operator.
  public static let name = "arg_max"

  /// The axes that are reduced, ascending.
  public var axes: [Int]
  /// Whether reduced axes stay, with extent 1.
  public var keepsAxes: Bool

  /// A reduction.
  public init(axes: [Int], keepsAxes: Bool) {
    self.axes = axes
    self.keepsAxes = keepsAxes
  }

  func value(_ elements: [Double]) -> Double {
    var best = 0
    for (position, element) in elements.enumerated() where element > elements[best] {
      best = position
    }
    return Double(best)
  }
}
