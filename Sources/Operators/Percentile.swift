import Graphs
import Tensors

/// A percentile of the elements along some axes, which stay with extent 1.
///
/// With a[0] ≤ ... ≤ a[n−1] the elements in order and h = θ/100 · (n − 1):
/// y = a[⌊h⌋] + (h − ⌊h⌋) · (a[min(⌊h⌋ + 1, n − 1)] − a[⌊h⌋]); the default of NumPy `percentile`.
///
/// Input: x of any shape. Output: its shape with extent 1 along the axes.
public struct Percentile: ReducingOperator {
  /// The stem of every file about this operator.
  public static let name = "percentile"

  /// The percentage θ of elements that lie below, from 0 to 100.
  public var theta: Float
  /// The axes that are flattened into one list, ascending.
  public var axes: [Int]

  /// A percentile.
  public init(theta: Float, axes: [Int]) {
    self.theta = theta
    self.axes = axes
  }

  var keepsAxes: Bool { true }

  var complaint: String? {
    0...100 ~= theta ? nil : "theta \(theta) is not within 0 and 100"
  }

  func value(_ elements: [Double]) -> Double {
    let ranks = ranks(elements.count)
    let order = elements.sorted()
    return order[ranks.low] + ranks.fraction * (order[ranks.high] - order[ranks.low])
  }

  /// The shares of the two order statistics, at the elements that hold those ranks.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    [try graph.add(PercentileGradient(self), [site.inputs[0], site.upstream])]
  }

  /// The two ranks between which the percentile of `count` elements lies, and how far from the first.
  public func ranks(_ count: Int) -> (low: Int, high: Int, fraction: Double) {
    let h = Double(theta) / 100 * Double(count - 1)
    let low = Int(h)
    return (low, min(low + 1, count - 1), h - Double(low))
  }
}
