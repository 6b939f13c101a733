import Graphs
import Tensors

/// The mean of each map.
///
/// y[n,c] = 1/(H·W) · Σ_ij x[n,c,i,j]; ONNX `GlobalAveragePool`.
///
/// Input: x `[N, C, H, W]`. Output: `[N, C, 1, 1]`.
public struct GlobalAveragePool: Operator {
  /// The stem of every file about this operator.
  public static let name = "global_average_pool"

  /// The operator; it has no parameters.
  public init() {}

  /// `[N, C, 1, 1]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [4], takes: "x [N, C, H, W]")
    return [inputs[0][0], inputs[0][1], 1, 1]
  }

  /// The sum over space, divided by the number of places.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let lists = inputs[0].shape.indices(reducing: [2, 3])
    return HostTensor(
      checkedShape(inputs),
      lists.map { list in list.reduce(0) { $0 + inputs[0][$1] } / Double(list.count) })
  }

  /// dx = dy / (H·W) at every place.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let x = graph.shape(of: site.inputs[0])
    let share = try graph.add(
      Divide(), [site.upstream, graph.constant(Float(x[2] * x[3]))])
    return [try graph.add(Broadcast(), [share, site.inputs[0]])]
  }

  /// One addition for each element of x.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: inputs[0].elementCount)
  }
}
