import Graphs

/// The sum along some axes.
///
/// y = Σ x; ONNX `ReduceSum`.
///
/// Input: x of any shape. Output: its shape with the axes dropped, or of extent 1.
public struct ReduceSum: ReducingOperator {
  /// The stem of every file about this operator.
  public static let name = "reduce_sum"

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
    elements.reduce(0, +)
  }

  /// dx = dy, repeated along the axes.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let dy = try graph.restoringAxes(site.upstream, axes, of: site.inputs[0])
    return [try graph.add(Broadcast(), [dy, site.inputs[0]])]
  }
}
