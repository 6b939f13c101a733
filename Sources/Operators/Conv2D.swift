import Graphs
import Tensors

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
    let signature = "x [N, C, H, W], w [K, C/groups, R, S] and optionally b [K]"
    try Self.check(inputs, 2...3, takes: signature)
    guard inputs[0].rank == 4, inputs[1].rank == 4 else {
      throw ShapeError(Self.name, "takes \(signature), not \(Self.list(inputs))")
    }
    let (x, w) = (inputs[0], inputs[1])
    guard 1...w[0] ~= groups, x[1] == w[1] * groups, w[0] % groups == 0 else {
      throw ShapeError(Self.name, "\(x[1]) channels against weights \(w) in \(groups) groups")
    }
    if inputs.count == 3, inputs[2] != [w[0]] {
      throw ShapeError(Self.name, "bias \(inputs[2]) for \(w[0]) filters")
    }
    let size = try window.outputSize(of: x, kernel: .init(w[2], w[3]), for: Self.name)
    return try Self.sized([x[0], w[0], size.height, size.width])
  }

  /// The rows of x; weights have none.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    try Self.rowsOfFirst(inputs)
  }

  /// The formula as seven loops.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (x, w) = (inputs[0], inputs[1])
    let shape = checkedShape(inputs)
    let plane = shape[2] * shape[3]
    var y = (0..<shape.elementCount).map { index in
      inputs.count == 3 ? inputs[2][index / plane % shape[1]] : 0
    }
    visitTaps(x: x.shape, w: w.shape, y: shape) { i, j, k in
      y[k] += x.elements[i] * w.elements[j]
    }
    return HostTensor(shape, y)
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
    cost(inputs, operations: 2 * outputCount(inputs) * inputs[1].row.elementCount)
  }

  /// Calls `body` for every product of the sum, with the flat indices of its x, w and y.
  ///
  /// The products of one y come in the order c, r, s. Taps in the padding are left out.
  @inline(__always)
  func visitTaps(x: Shape, w: Shape, y: Shape, _ body: (Int, Int, Int) -> Void) {
    let (channels, height, width) = (x[1], x[2], x[3])
    let (filters, depth, kernelHeight, kernelWidth) = (w[0], w[1], w[2], w[3])
    let (outputHeight, outputWidth) = (y[2], y[3])
    let (stride, dilation, padding) = (window.stride, window.dilation, window.paddingBefore)
    for n in 0..<x[0] {
      for k in 0..<filters {
        let group = k / (filters / groups)
        for p in 0..<outputHeight {
          for q in 0..<outputWidth {
            let output = ((n * filters + k) * outputHeight + p) * outputWidth + q
            for c in 0..<depth {
              let plane = n * channels + group * depth + c
              for r in 0..<kernelHeight {
                let i = p * stride.height + r * dilation.height - padding.height
                guard 0..<height ~= i else { continue }
                for s in 0..<kernelWidth {
                  let j = q * stride.width + s * dilation.width - padding.width
                  guard 0..<width ~= j else { continue }
                  body(
                    (plane * height + i) * width + j,
                    ((k * depth + c) * kernelHeight + r) * kernelWidth + s, output)
                }
              }
            }
          }
        }
      }
    }
  }
}
