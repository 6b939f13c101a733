import Graphs
import Tensors

/// Each channel of an image, blurred by a Gaussian along rows, then along columns.
///
/// r = (size − 1)/2, w[i] = e^(−(i − r)² / (2σ²)) / Σ, and beyond the edge the image is mirrored
/// without repeating the edge pixel: index(i) = −i for i < 0, 2(N − 1) − i for i ≥ N. The convention
/// of kornia `gaussian_blur2d`.
///
/// Input: x `[N, C, H, W]` with H > r and W > r. Output: the same shape.
public struct GaussianBlur: Operator {
  /// The stem of every file about this operator.
  public static let name = "gaussian_blur"

  /// The taps along each axis; odd.
  public var size: Int
  /// The standard deviation in pixels.
  public var sigma: Float

  /// A blur.
  public init(size: Int, sigma: Float) {
    self.size = size
    self.sigma = sigma
  }

  /// The shape of x.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [4], takes: "x [N, C, H, W]")
    guard size >= 1, size % 2 == 1, sigma > 0, sigma.isFinite else {
      throw ShapeError(Self.name, "size \(size) and sigma \(sigma); the size must be odd")
    }
    guard inputs[0][2] > size / 2, inputs[0][3] > size / 2 else {
      throw ShapeError(Self.name, "\(inputs[0]) is too small for \(size) taps")
    }
    return inputs[0]
  }

  /// The formula, rows first.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    [3, 2].reduce(inputs[0]) { x, axis in
      var y = HostTensor(x.shape, filledWith: 0.0)
      visitTaps(x.shape, along: axis) { i, j, weight in y[j] += weight * x[i] }
      return y
    }
  }

  /// The adjoint of the blur.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    [try graph.add(GaussianBlurGradient(self), [site.upstream])]
  }

  /// A multiply-add for each tap of two passes.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 4 * size * inputs[0].elementCount)
  }

  /// The weights of the taps; they sum to 1.
  public var weights: [Double] {
    let radius = size / 2
    let sigma = Double(sigma)
    let powers = (0..<size).map { tap in
      let distance = Double(tap - radius)
      return exponential(-distance * distance / (2 * sigma * sigma))
    }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// Calls `body` for every tap of every output of one pass: index in x, index in y, weight.
  func visitTaps(_ shape: Shape, along axis: Int, _ body: (Int, Int, Double) -> Void) {
    let weights = weights
    let slabs = shape.slabs(along: axis)
    for outer in 0..<slabs.outer {
      for inner in 0..<slabs.inner {
        for place in 0..<slabs.extent {
          for tap in 0..<size {
            let beyond = abs(place + tap - size / 2)
            let source = beyond < slabs.extent ? beyond : 2 * (slabs.extent - 1) - beyond
            body(
              (outer * slabs.extent + source) * slabs.inner + inner,
              (outer * slabs.extent + place) * slabs.inner + inner, weights[tap])
          }
        }
      }
    }
  }
}
