import Graphs

/// The largest element along some axes.
///
/// y = max x; ONNX `ReduceMax`. The whole gradient goes to the first maximum in row-major order of the axes.
///
/// Input: x of any shape. Output: its shape with the axes dropped, or of extent 1.
public struct ReduceMax: ReducingOperator {
  /// The stem of every file about this operator.
  public static let name = "reduce_max"

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
    elements.dropFirst().reduce(elements[0]) { $1 > $0 ? $1 : $0 }
  }

  /// dx = dy at the first maximum, 0 elsewhere.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let x = site.inputs[0]
    let dy = try graph.restoringAxes(site.upstream, axes, of: x)
    let positions = try graph.add(ArgMax(axes: axes, keepsAxes: true), [x])
    return [try graph.scatter(dy, at: positions, along: axes, of: x)]
  }
}
