import Graphs
import Tensors

/// The gradient of a batch normalisation by the statistics of x itself, with respect to x.
///
/// dx = scale / σ · (dy − dbias / m − x̂ · dscale / m), σ = √(variance + ε), x̂ = (x − mean) / σ: Ioffe
/// and Szegedy 2015, section 3, where dbias is the sum of dy over rows and space, dscale that of
/// dy · x̂, m = rows · elements of a channel, and mean and biased variance are those of x.
///
/// Inputs: dy and x `[N, C, ...]`; scale, mean, variance, dscale and dbias `[C]` each; rows `[1]`: how
/// many rows the sums are over, those of other ranks too. Output: the shape of x.
public struct BatchNormGradient: Operator {
  /// The stem of every file about this operator.
  public static let name = "batch_norm_gradient"

  /// What is added to the variance before the root.
  public var epsilon: Float

  /// The gradient of a normalisation.
  public init(epsilon: Float) {
    self.epsilon = epsilon
  }

  /// The shape of x.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let signature = "dy and x [N, C, ...]; scale, mean, variance, dscale, dbias [C]; rows [1]"
    try Self.check(inputs, 8...8, takes: signature)
    guard inputs[0].rank >= 2, inputs[1] == inputs[0],
      inputs[2..<7].allSatisfy({ $0 == [inputs[0][1]] }), inputs[7] == [1]
    else { throw ShapeError(Self.name, "takes \(signature), not \(Self.list(inputs))") }
    return inputs[1]
  }

  /// The formula, element by element.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (dy, x, scale, mean) = (inputs[0], inputs[1], inputs[2], inputs[3])
    let (variance, dscale, dbias) = (inputs[4], inputs[5], inputs[6])
    let inner = x.shape.extents.dropFirst(2).reduce(1, *)
    let count = inputs[7][0] * Double(inner)
    return HostTensor(x.shape) { index in
      let c = index / inner % x.shape[1]
      let deviation = (variance[c] + Double(epsilon)).squareRoot()
      let share = (dbias[c] + (x[index] - mean[c]) / deviation * dscale[c]) / count
      return scale[c] / deviation * (dy[index] - share)
    }
  }

  /// Refused: nothing differentiates a step of training.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    throw .unsuitable("second derivatives through batch_norm are not available")
  }

  /// Two multiply-adds and a product for each element.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 5 * outputCount(inputs))
  }
}
