import Graphs
import Tensors

/// The sum of the channels of each picture, each channel with its weight.
///
/// y[n,i,j] = Σ_k weights[n,k] · a[n,k,i,j]: the maps of CAM (Zhou et al. 2016, eq. 2) and Grad-CAM
/// (Selvaraju et al. 2017, eq. 2, before the ReLU).
///
/// Inputs: a `[N, C, h, w]`, or `[1, C, h, w]` without rows where all pictures share the channels;
/// weights `[N, C, 1, 1]`. Output: `[N, 1, h, w]`.
public struct WeightedChannelSum: Operator {
  /// The stem of every file about this operator.
  public static let name = "weighted_channel_sum"

  /// The operator; it has no parameters.
  public init() {}

  /// `[N, 1, h, w]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [4, 4], takes: "a [N, C, h, w], weights [N, C, 1, 1]")
    let (a, weights) = (inputs[0], inputs[1])
    guard weights == [weights[0], a[1], 1, 1], a[0] == weights[0] || a[0] == 1 else {
      throw ShapeError(Self.name, "weights \(weights) for \(a)")
    }
    return try Self.sized([weights[0], 1, a[2], a[3]])
  }

  /// The rows of the weights.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    guard inputs.count == 2, inputs[0] == nil || inputs[0] == inputs[1] else {
      throw ShapeError(Self.name, "a and weights count different rows")
    }
    return inputs[1]
  }

  /// The formula, channels in order.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (a, weights) = (inputs[0], inputs[1])
    let channels = a.shape[1]
    let plane = a.shape[2] * a.shape[3]
    return HostTensor(checkedShape(inputs)) { flat in
      let (n, place) = (flat / plane, flat % plane)
      let own = min(n, a.shape[0] - 1)
      return (0..<channels).reduce(0) { sum, k in
        sum + weights[n * channels + k] * a[(own * channels + k) * plane + place]
      }
    }
  }

  /// da = weights · dy, and dweights = Σ_ij a · dy.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let product = try graph.add(Multiply(), [site.inputs[0], site.upstream])
    let spread = try graph.add(Multiply(), [site.inputs[1], site.upstream])
    return [
      try graph.sum(spread, to: site.inputs[0]),
      try graph.add(ReduceSum(axes: [2, 3], keepsAxes: true), [product]),
    ]
  }

  /// A multiply-add for each element of a.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 2 * inputs[0].elementCount)
  }
}
