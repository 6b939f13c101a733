import Graphs
import Tensors

/// The gradient of a fully connected layer with respect to its input.
///
/// dx[n,c] = Σ_k dy[n,k] · w[k,c].
///
/// Inputs: dy `[N, K]`, w `[K, C]`. Output: `[N, C]`.
public struct LinearDataGradient: Operator {
  /// The stem of every file about this operator.
  public static let name = "linear_data_gradient"

  /// The operator; it has no parameters.
  public init() {}

  /// `[N, C]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [2, 2], takes: "dy [N, K], w [K, C]")
    guard inputs[0][1] == inputs[1][0] else {
      throw ShapeError(Self.name, "dy \(inputs[0]) against weights \(inputs[1])")
    }
    return try Self.sized([inputs[0][0], inputs[1][1]])
  }

  /// The rows of dy; weights have none.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    try Self.rowsOfFirst(inputs)
  }

  /// The formula as three loops.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (dy, w) = (inputs[0], inputs[1])
    let (outputs, channels) = (w.shape[0], w.shape[1])
    var dx = zeroOutput(inputs)
    for n in 0..<dy.shape[0] {
      for k in 0..<outputs {
        for c in 0..<channels {
          dx[n * channels + c] += dy[n * outputs + k] * w[k * channels + c]
        }
      }
    }
    return dx
  }

  /// The layer itself for dy; for w its weight gradient with the upstream as input.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    [
      try graph.add(Linear(), [site.upstream, site.inputs[1]]),
      try graph.add(LinearWeightGradient(), [site.upstream, site.inputs[0]]),
    ]
  }

  /// Two operations for each product.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 2 * inputs[0][0] * inputs[1].elementCount)
  }
}
