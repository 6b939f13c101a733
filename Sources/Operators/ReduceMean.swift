import Graphs

/// The mean along some axes.
///
/// y = 1/n · Σ x, n the number of elements along the axes; ONNX `ReduceMean`.
///
/// Input: x of any shape. Output: its shape with the axes dropped, or of extent 1.
public struct ReduceMean: ReducingOperator {
  /// The stem of every file about this operator.
  public static let name = "reduce_mean"

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
    elements.reduce(0, +) / Double(elements.count)
  }

  /// dx = dy / n, repeated along the axes.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    [try graph.spreadMean(site.upstream, axes, of: site.inputs[0])]
  }
}
