import Graphs
import Tensors

/// The gradient of a bilinear resize.
///
/// dx[i] = Σ weight · dy[d] over the outputs d that read cell i, with the weights of `ResizeBilinear`;
/// PyTorch `upsample_bilinear2d_backward`.
///
/// Input: dy `[N, C, H, W]`. Output: `[N, C, h, w]`.
public struct ResizeBilinearGradient: Operator {
  /// The stem of every file about this operator.
  public static let name = "resize_bilinear_gradient"

  /// The resize of the forward pass.
  public var resize: ResizeBilinear
  /// The height of its input.
  public var inputHeight: Int
  /// The width of its input.
  public var inputWidth: Int

  /// The gradient of a resize of images of this size.
  public init(_ resize: ResizeBilinear, inputHeight: Int, inputWidth: Int) {
    self.resize = resize
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
  }

  /// `[N, C, h, w]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [4], takes: "dy [N, C, H, W]")
    let dy = inputs[0]
    let x = try Self.sized([dy[0], dy[1], inputHeight, inputWidth])
    let y = try resize.outputShape([x])
    guard y == dy else { throw ShapeError(Self.name, "dy \(dy), but the resize gives \(y)") }
    return x
  }

  /// Adds each dy to its four cells.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let dy = inputs[0]
    var dx = zeroOutput(inputs)
    resize.visitCells(x: dx.shape, y: dy.shape) { i, j, weight in dx[i] += weight * dy[j] }
    return dx
  }

  /// The resize itself, which is linear.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    [try graph.add(resize, [site.upstream])]
  }

  /// A multiply-add for each of four cells.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 8 * inputs[0].elementCount)
  }
}
