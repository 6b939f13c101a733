import Graphs
import Tensors

/// The adjoint of a Gaussian blur.
///
/// dx[i] = Σ w · dy[j] over the taps of `GaussianBlur` that carry i to j. It differs from the blur
/// only near the edges, where mirrored pixels are read more than once.
///
/// Input: dy `[N, C, H, W]`. Output: the same shape.
public struct GaussianBlurGradient: Operator {
  /// The stem of every file about this operator.
  public static let name = "gaussian_blur_gradient"

  /// The blur of the forward pass.
  public var blur: GaussianBlur

  /// The adjoint of a blur.
  public init(_ blur: GaussianBlur) {
    self.blur = blur
  }

  /// The shape of dy.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try blur.outputShape(inputs)
  }

  /// Every tap of the blur with input and output exchanged, columns first.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    [2, 3].reduce(inputs[0]) { dy, axis in
      var dx = HostTensor(dy.shape, filledWith: 0.0)
      blur.visitTaps(dy.shape, along: axis) { i, j, weight in dx[i] += weight * dy[j] }
      return dx
    }
  }

  /// The blur itself, which is linear.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    [try graph.add(blur, [site.upstream])]
  }

  /// A multiply-add for each tap of two passes.
  public func cost(_ inputs: [Shape]) -> Cost {
    blur.cost(inputs)
  }
}
