import Graphs
import Tensors

/// How a window moves over an image: the geometry that convolutions and poolings share.
public struct Window: Hashable, Sendable {
  /// A number for each spatial axis.
  public struct Pair: Hashable, Sendable {
    /// Along the rows of the image.
    public var height: Int
    /// Along the columns of the image.
    public var width: Int

    /// A pair.
    public init(_ height: Int, _ width: Int) {
      self.height = height
      self.width = width
    }
  }

  /// The distance between neighbouring windows.
  public var stride = Pair(1, 1)
  /// Rows and columns of padding before the image.
  public var paddingBefore = Pair(0, 0)
  /// Rows and columns of padding behind the image.
  public var paddingAfter = Pair(0, 0)
  /// The distance between neighbouring taps of a window.
  public var dilation = Pair(1, 1)

  /// A window of stride 1 without padding or dilation.
  public init() {}

  /// A window with the same stride, padding and dilation along both axes.
  public init(stride: Int = 1, padding: Int = 0, dilation: Int = 1) {
    self.stride = Pair(stride, stride)
    self.paddingBefore = Pair(padding, padding)
    self.paddingAfter = Pair(padding, padding)
    self.dilation = Pair(dilation, dilation)
  }
}

/// Cross-correlation of an image with a bank of filters.
///
/// y[n,k,p,q] = b[k] + Σ_{c,r,s} x[n, c, p·stride + r·dilation − pad, q·stride + s·dilation − pad]
/// · w[k,c,r,s], with x = 0 outside the image, c over the channels of the group of k. The formula
/// is that of ONNX `Conv` and PyTorch `conv2d`.
///
/// Inputs: x `[N, C, H, W]`, w `[K, C/groups, R, S]`, optionally b `[K]`. Output: `[N, K, P, Q]`.
public struct Conv2D: Operator {
  /// The stem of every file about this operator.
  public static let name = "conv2d"

  /// How the filter moves.
  public var window: Window
  /// How many groups the channels fall into.
  public var groups: Int

  /// A convolution.
  public init(window: Window = Window(), groups: Int = 1) {
    self.window = window
    self.groups = groups
  }

  /// `[N, K, P, Q]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs.count == 2 || inputs.count == 3, inputs[0].rank == 4, inputs[1].rank == 4 else {
      throw ShapeError(Self.name, "takes x [N, C, H, W], w [K, C/groups, R, S] and optionally b [K]")
    }
    let (x, w) = (inputs[0], inputs[1])
    guard groups > 0, x[1] == w[1] * groups, w[0] % groups == 0, w[0] > 0 else {
      throw ShapeError(Self.name, "\(x[1]) channels against weights \(w) in \(groups) groups")
    }
    if inputs.count == 3, inputs[2] != [w[0]] {
      throw ShapeError(Self.name, "bias \(inputs[2]) for \(w[0]) filters")
    }
    let size = try window.outputSize(of: x, kernel: .init(w[2], w[3]), for: Self.name)
    return [x[0], w[0], size.height, size.width]
  }

  /// The formula as seven loops.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (x, w) = (inputs[0], inputs[1])
    guard var y = (try? outputShape(inputs.map(\.shape))).map({ HostTensor($0, filledWith: 0.0) })
    else { preconditionFailure("the shapes were checked") }
    let filters = w.shape[0] / groups
    for n in 0..<y.shape[0] {
      for k in 0..<y.shape[1] {
        for p in 0..<y.shape[2] {
          for q in 0..<y.shape[3] {
            var sum = inputs.count == 3 ? inputs[2][k] : 0
            for c in 0..<w.shape[1] {
              for r in 0..<w.shape[2] {
                let i = p * window.stride.height + r * window.dilation.height
                  - window.paddingBefore.height
                guard 0..<x.shape[2] ~= i else { continue }
                for s in 0..<w.shape[3] {
                  let j = q * window.stride.width + s * window.dilation.width
                    - window.paddingBefore.width
                  guard 0..<x.shape[3] ~= j else { continue }
                  sum += x[n, k / filters * w.shape[1] + c, i, j] * w[k, c, r, s]
                }
              }
            }
            y[n, k, p, q] = sum
          }
        }
      }
    }
    return y
  }

  /// Data gradient, weight gradient, and the sum over batch and space for the bias.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let x = graph.shape(of: site.inputs[0])
    let w = graph.shape(of: site.inputs[1])
    let data = Conv2DDataGradient(self, inputHeight: x[2], inputWidth: x[3])
    let weights = Conv2DWeightGradient(self, kernelHeight: w[2], kernelWidth: w[3])
    var gradients: [Value?] = [
      try graph.add(data, [site.upstream, site.inputs[1]]),
      try graph.add(weights, [site.inputs[0], site.upstream]),
    ]
    if site.inputs.count == 3 {
      gradients.append(
        try graph.add(ReduceSum(axes: [0, 2, 3], keepsAxes: false), [site.upstream]))
    }
    return gradients
  }

  /// Two operations for each tap of each output.
  public func cost(_ inputs: [Shape]) -> Cost {
    let output = (try? outputShape(inputs))?.elementCount ?? 0
    let taps = inputs[1][1] * inputs[1][2] * inputs[1][3]
    return Cost(
      operations: 2 * output * taps, floats: inputs.map(\.elementCount).reduce(output, +))
  }
}

extension Window {
  /// The size of the output of a window of `kernel` taps over an image `[N, C, H, W]`.
  /// - Throws: `ShapeError` where no window fits or a number is out of range.
  func outputSize(
    of image: Shape, kernel: Pair, for name: String
  ) throws(ShapeError) -> Pair {
    let numbers = [
      stride.height, stride.width, dilation.height, dilation.width, kernel.height, kernel.width,
    ]
    let paddings = [
      paddingBefore.height, paddingBefore.width, paddingAfter.height, paddingAfter.width,
    ]
    let limit = 1 << 20
    guard numbers.allSatisfy({ 1...limit ~= $0 }), paddings.allSatisfy({ 0...limit ~= $0 }),
      image.extents.allSatisfy({ $0 <= limit * limit })
    else { throw ShapeError(name, "stride, dilation, kernel or padding out of range") }
    let height = image[2] + paddingBefore.height + paddingAfter.height
      - dilation.height * (kernel.height - 1) - 1
    let width = image[3] + paddingBefore.width + paddingAfter.width
      - dilation.width * (kernel.width - 1) - 1
    guard height >= 0, width >= 0 else {
      throw ShapeError(name, "a \(kernel.height)x\(kernel.width) window does not fit in \(image)")
    }
    return Pair(height / stride.height + 1, width / stride.width + 1)
  }
}
