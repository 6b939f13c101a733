import Graphs
import Tensors

/// Batch normalisation with recorded statistics, as a trained network applies it.
///
/// y = (x − mean[c]) / √(variance[c] + ε) · scale[c] + bias[c], c along axis 1; ONNX
/// `BatchNormalization` in inference, PyTorch `batch_norm` in evaluation mode.
///
/// Inputs: x `[N, C, ...]`, scale, bias, mean and variance `[C]` each. Output: the shape of x.
public struct BatchNorm: Operator {
  /// The stem of every file about this operator.
  public static let name = "batch_norm"

  /// What is added to the variance before the root.
  public var epsilon: Float

  /// A normalisation.
  public init(epsilon: Float) {
    self.epsilon = epsilon
  }

  /// The shape of x.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let signature = "x [N, C, ...], scale [C], bias [C], mean [C], variance [C]"
    try Self.check(inputs, 5...5, takes: signature)
    guard epsilon >= 0, epsilon.isFinite else {
      throw ShapeError(Self.name, "epsilon \(epsilon)")
    }
    guard inputs[0].rank >= 2, inputs.dropFirst().allSatisfy({ $0 == [inputs[0][1]] }) else {
      throw ShapeError(Self.name, "takes \(signature), not \(Self.list(inputs))")
    }
    return inputs[0]
  }

  /// The rows of x; the statistics have none.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    try Self.rowsOfFirst(inputs)
  }

  /// The formula, element by element.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let x = inputs[0]
    let inner = x.shape.extents.dropFirst(2).reduce(1, *)
    return HostTensor(x.shape) { index in
      let c = index / inner % x.shape[1]
      let (scale, bias, mean, variance) = (inputs[1][c], inputs[2][c], inputs[3][c], inputs[4][c])
      return (x[index] - mean) / (variance + Double(epsilon)).squareRoot() * scale + bias
    }
  }

  /// The derivative of an affine map of each channel.
  ///
  /// With x̂ the normalised x: dx is the normalisation of dy without bias and mean;
  /// dbias = Σ dy, dscale = Σ dy·x̂, dmean = −Σ dx, dvariance = −½ · dscale · scale / (variance + ε).
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let (x, scale) = (site.inputs[0], site.inputs[1])
    let (mean, variance) = (site.inputs[3], site.inputs[4])
    let channels = graph.shape(of: scale)
    let zero = graph.constant(HostTensor(channels, filledWith: 0))
    let one = graph.constant(HostTensor(channels, filledWith: 1))
    let others = graph.shape(of: x).extents.indices.filter { $0 != 1 }
    let overChannel = ReduceSum(axes: others, keepsAxes: false)
    let dx = try graph.add(self, [site.upstream, scale, zero, zero, variance])
    let normalised = try graph.add(self, [x, one, zero, mean, variance])
    let dscale = try graph.add(
      overChannel, [graph.add(Multiply(), [site.upstream, normalised])])
    let sum = try graph.add(overChannel, [dx])
    let spread = try graph.add(Add(), [variance, graph.constant(epsilon)])
    let slope = try graph.add(Divide(), [scale, spread])
    let product = try graph.add(Multiply(), [dscale, slope])
    return [
      dx, dscale,
      try graph.add(overChannel, [site.upstream]),
      try graph.negated(sum),
      try graph.add(Multiply(), [product, graph.constant(-0.5)]),
    ]
  }

  /// A multiply-add for each element.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 2 * outputCount(inputs))
  }
}
