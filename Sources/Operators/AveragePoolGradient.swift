import Graphs
import Tensors

/// The gradient of an average pooling.
///
/// dx[i] = Σ dy[p,q] / divisor[p,q] over the windows that cover i; PyTorch `avg_pool2d_backward`.
///
/// Input: dy `[N, C, P, Q]`. Output: `[N, C, H, W]`.
public struct AveragePoolGradient: Operator {
  /// The stem of every file about this operator.
  public static let name = "average_pool_gradient"

  /// The pooling of the forward pass.
  public var pool: AveragePool
  /// The height of its image.
  public var inputHeight: Int
  /// The width of its image.
  public var inputWidth: Int

  /// The gradient of a pooling of images of this size.
  public init(_ pool: AveragePool, inputHeight: Int, inputWidth: Int) {
    self.pool = pool
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
  }

  /// `[N, C, H, W]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [4], takes: "dy [N, C, P, Q]")
    let dy = inputs[0]
    let x = try Self.sized([dy[0], dy[1], inputHeight, inputWidth])
    let y = try pool.outputShape([x])
    guard y == dy else { throw ShapeError(Self.name, "dy \(dy), but \(x) gives \(y)") }
    return x
  }

  /// Spreads each dy over its window.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let dy = inputs[0]
    var dx = zeroOutput(inputs)
    pool.visitCells(x: dx.shape, y: dy.shape) { i, j, divisor in
      dx[i] += dy[j] / divisor
    }
    return dx
  }

  /// The pooling itself, which is linear.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    [try graph.add(pool, [site.upstream])]
  }

  /// One addition for each tap.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: inputs[0].elementCount * pool.kernel.height * pool.kernel.width)
  }
}
