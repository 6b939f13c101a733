import Graphs
import Tensors

/// The gradient of a batch normalisation with respect to its scale.
///
/// dscale[c] = Σ dy[n,c,...] · (x[n,c,...] − mean[c]) / √(variance[c] + ε), over rows and space.
///
/// Inputs: dy and x `[N, C, ...]`, mean and variance `[C]`. Output: `[C]`, without rows.
public struct BatchNormScaleGradient: Operator {
  /// The stem of every file about this operator.
  public static let name = "batch_norm_scale_gradient"

  /// What is added to the variance before the root.
  public var epsilon: Float

  /// The gradient of a normalisation.
  public init(epsilon: Float) {
    self.epsilon = epsilon
  }

  /// `[C]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let signature = "dy and x [N, C, ...], mean [C], variance [C]"
    try Self.check(inputs, 4...4, takes: signature)
    guard inputs[0].rank >= 2, inputs[1] == inputs[0],
      inputs.dropFirst(2).allSatisfy({ $0 == [inputs[0][1]] })
    else { throw ShapeError(Self.name, "takes \(signature), not \(Self.list(inputs))") }
    return inputs[2]
  }

  /// None: rows are summed.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    try Self.sharedRows(inputs)
    return nil
  }

  /// The formula, channel by channel.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (dy, x, mean, variance) = (inputs[0], inputs[1], inputs[2], inputs[3])
    let channels = x.shape.indices(reducing: x.shape.axesBesideChannels)
    return HostTensor(
      mean.shape,
      channels.enumerated().map { c, elements in
        let sum = elements.reduce(0) { $0 + dy[$1] * (x[$1] - mean[c]) }
        return sum / (variance[c] + Double(epsilon)).squareRoot()
      })
  }

  /// Refused: nothing differentiates a step of training.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    throw .unsuitable("second derivatives through batch_norm are not available")
  }

  /// A difference, a product and a sum for each element.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 3 * inputs[0].elementCount)
  }
}
