import Graphs

/// The smallest element along some axes.
///
/// y = min x; ONNX `ReduceMin`. The whole gradient goes to the first minimum in row-major order of the axes.
///
/// Input: x of any shape. Output: its shape with the axes dropped, or of extent 1.
public struct ReduceMin: ReducingOperator {
  /// The stem of every file about this operator.
  public static let name = "reduce_min"

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
    elements.dropFirst().reduce(elements[0]) { $1 < $0 ? $1 : $0 }
  }

  /// dx = dy at the first minimum, 0 elsewhere.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let x = site.inputs[0]
    let dy = try graph.restoringAxes(site.upstream, axes, of: x)
    let positions = try graph.add(ArgMin(axes: axes, keepsAxes: true), [x])
    return [try graph.scatter(dy, at: positions, along: axes, of: x)]
  }
}
