import Graphs
import Tensors

/// A fully connected layer.
///
/// y[n,k] = b[k] + Σ_c x[n,c] · w[k,c]; PyTorch `linear`, ONNX `Gemm` with transB = 1.
///
/// Inputs: x `[N, C]`, w `[K, C]`, optionally b `[K]`. Output: `[N, K]`.
public struct Linear: Operator {
  /// The stem of every file about this operator.
  public static let name = "linear"

  /// The operator; it has no parameters.
  public init() {}

  /// `[N, K]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let signature = "x [N, C], w [K, C] and optionally b [K]"
    try Self.check(inputs, 2...3, takes: signature)
    let (x, w) = (inputs[0], inputs[1])
    guard x.rank == 2, w.rank == 2, x[1] == w[1] else {
      throw ShapeError(Self.name, "takes \(signature), not \(Self.list(inputs))")
    }
    if inputs.count == 3, inputs[2] != [w[0]] {
      throw ShapeError(Self.name, "bias \(inputs[2]) for \(w[0]) outputs")
    }
    return try Self.sized([x[0], w[0]])
  }

  /// The rows of x; weights have none.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    try Self.rowsOfFirst(inputs)
  }

  /// The formula as three loops.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (x, w) = (inputs[0], inputs[1])
    let (outputs, channels) = (w.shape[0], w.shape[1])
    var y = zeroOutput(inputs)
    for n in 0..<x.shape[0] {
      for k in 0..<outputs {
        var sum = inputs.count == 3 ? inputs[2][k] : 0
        for c in 0..<channels { sum += x[n * channels + c] * w[k * channels + c] }
        y[n * outputs + k] = sum
      }
    }
    return y
  }

  /// Data gradient, weight gradient, and the sum over the batch for the bias.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    var gradients: [Value?] = [
      try graph.add(LinearDataGradient(), [site.upstream, site.inputs[1]]),
      try graph.add(LinearWeightGradient(), [site.inputs[0], site.upstream]),
    ]
    if site.inputs.count == 3 {
      gradients.append(try graph.add(ReduceSum(axes: [0], keepsAxes: false), [site.upstream]))
    }
    return gradients
  }

  /// Two operations for each product.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 2 * inputs[0][0] * inputs[1].elementCount)
  }
}
