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
  ///
  /// Where rows are reduced, n is counted when the graph runs.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let x = site.inputs[0]
    let shape = graph.shape(of: x)
    var count = graph.constant(Float(axes.map { shape[$0] }.reduce(1, *)))
    if axes.contains(0), graph.rows(of: x) != nil {
      let sum = ReduceSum(axes: axes, keepsAxes: keepsAxes)
      count = try graph.add(sum, [graph.add(Ones(), [x])])
    }
    let share = try graph.add(Divide(), [site.upstream, count])
    let dy = try graph.restoringAxes(share, axes, of: x)
    return [try graph.add(Broadcast(), [dy, x])]
  }
}
