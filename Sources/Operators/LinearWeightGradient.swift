import Graphs
import Tensors

/// The gradient of a fully connected layer with respect to its weights, summed over the batch.
///
/// dw[k,c] = Σ_n dy[n,k] · x[n,c].
///
/// Inputs: x `[N, C]`, dy `[N, K]`. Output: `[K, C]`, without rows.
public struct LinearWeightGradient: Operator {
  /// The stem of every file about this operator.
  public static let name = "linear_weight_gradient"

  /// The operator; it has no parameters.
  public init() {}

  /// `[K, C]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [2, 2], takes: "x [N, C], dy [N, K]")
    guard inputs[0][0] == inputs[1][0] else {
      throw ShapeError(Self.name, "x \(inputs[0]) against dy \(inputs[1])")
    }
    return try Self.sized([inputs[1][1], inputs[0][1]])
  }

  /// None: the rows are summed.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    try Self.sharedRows(inputs)
    return nil
  }

  /// The formula as three loops.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (x, dy) = (inputs[0], inputs[1])
    let (outputs, channels) = (dy.shape[1], x.shape[1])
    var dw = zeroOutput(inputs)
    for n in 0..<x.shape[0] {
      for k in 0..<outputs {
        for c in 0..<channels {
          dw[k * channels + c] += dy[n * outputs + k] * x[n * channels + c]
        }
      }
    }
    return dw
  }

  /// Both with the upstream as weights: the data gradient for x, the layer for dy.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    [
      try graph.add(LinearDataGradient(), [site.inputs[1], site.upstream]),
      try graph.add(Linear(), [site.inputs[0], site.upstream]),
    ]
  }

  /// Two operations for each product.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 2 * inputs[0].elementCount * inputs[1][1])
  }
}
