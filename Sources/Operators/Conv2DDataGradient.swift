import Graphs
import Tensors

/// The gradient of a convolution with respect to its image: the transposed convolution.
///
/// dx[n,c,i,j] = Σ dy[n,k,p,q] · w[k,c,r,s] over all k, p, q, r, s whose tap in `Conv2D` is
/// x[n,c,i,j]. ONNX `ConvTranspose` with its weights as they are, PyTorch `conv_transpose2d`.
///
/// Inputs: dy `[N, K, P, Q]`, w `[K, C/groups, R, S]`. Output: `[N, C, H, W]`.
public struct Conv2DDataGradient: Operator {
  /// The stem of every file about this operator.
  public static let name = "conv2d_data_gradient"

  /// The convolution of the forward pass.
  public var conv: Conv2D
  /// The height of its image, which the output size does not determine when it strides.
  public var inputHeight: Int
  /// The width of its image.
  public var inputWidth: Int

  /// The gradient of a convolution over images of this size.
  public init(_ conv: Conv2D, inputHeight: Int, inputWidth: Int) {
    self.conv = conv
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
  }

  /// `[N, C, H, W]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [4, 4], takes: "dy [N, K, P, Q], w [K, C/groups, R, S]")
    let (dy, w) = (inputs[0], inputs[1])
    guard 1...w[0] ~= conv.groups else {
      throw ShapeError(Self.name, "\(conv.groups) groups of \(w[0]) filters")
    }
    let x = try Self.sized([dy[0], w[1] * conv.groups, inputHeight, inputWidth])
    let y = try conv.outputShape([x, w])
    guard y == dy else { throw ShapeError(Self.name, "dy \(dy), but \(x) gives \(y)") }
    return x
  }

  /// The rows of dy; weights have none.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    try Self.rowsOfFirst(inputs)
  }

  /// Every product of the convolution, with image and output exchanged.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (dy, w) = (inputs[0], inputs[1])
    var dx = zeroOutput(inputs)
    conv.visitTaps(x: dx.shape, w: w.shape, y: dy.shape) { i, j, k in
      dx.elements[i] += dy.elements[k] * w.elements[j]
    }
    return dx
  }

  /// The convolution itself for dy; for w its weight gradient with the upstream as image.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let w = graph.shape(of: site.inputs[1])
    let weights = Conv2DWeightGradient(conv, kernelHeight: w[2], kernelWidth: w[3])
    return [
      try graph.add(conv, [site.upstream, site.inputs[1]]),
      try graph.add(weights, [site.upstream, site.inputs[0]]),
    ]
  }

  /// Two operations for each tap of each output of the convolution.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 2 * inputs[0].elementCount * inputs[1].row.elementCount)
  }
}
