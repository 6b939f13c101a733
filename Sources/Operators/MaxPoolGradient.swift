import Graphs
import Tensors

/// The gradient of a maximum pooling.
///
/// dx[i] = Σ dy[p,q] over the windows whose first maximum, in row-major order, is i; PyTorch
/// `max_pool2d_backward`.
///
/// Inputs: x `[N, C, H, W]`, dy `[N, C, P, Q]`. Output: the shape of x.
public struct MaxPoolGradient: Operator {
  /// The stem of every file about this operator.
  public static let name = "max_pool_gradient"

  /// The pooling of the forward pass.
  public var pool: MaxPool

  /// The gradient of a pooling.
  public init(_ pool: MaxPool) {
    self.pool = pool
  }

  /// The shape of x.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [4, 4], takes: "x [N, C, H, W], dy [N, C, P, Q]")
    let y = try pool.outputShape([inputs[0]])
    guard y == inputs[1] else {
      throw ShapeError(Self.name, "dy \(inputs[1]), but \(inputs[0]) gives \(y)")
    }
    return inputs[0]
  }

  /// Adds each dy to the first maximum of its window.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (x, dy) = (inputs[0], inputs[1])
    var dx = zeroOutput(inputs)
    pool.visitMaxima(of: x, in: dy.shape) { flat, cell in dx[cell] += dy[flat] }
    return dx
  }

  /// Refused: the derivative for dy, which picks the maxima of x out of another tensor, is not an
  /// operator, and leaving it out would be wrong without a word.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    throw .unsuitable("second derivatives through max_pool are not available")
  }

  /// One comparison for each tap.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: inputs[1].elementCount * pool.kernel.height * pool.kernel.width)
  }
}
