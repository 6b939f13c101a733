import Graphs
import Tensors

/// The gradient of a convolution with respect to its filters, summed over the batch.
///
/// dw[k,c,r,s] = Σ_{n,p,q} dy[n,k,p,q] · x[n, c, p·stride + r·dilation − pad, ...]; PyTorch
/// `conv2d_weight`.
///
/// Inputs: x `[N, C, H, W]`, dy `[N, K, P, Q]`. Output: `[K, C/groups, R, S]`, without rows.
public struct Conv2DWeightGradient: Operator {
  /// The stem of every file about this operator.
  public static let name = "conv2d_weight_gradient"

  /// The convolution of the forward pass.
  public var conv: Conv2D
  /// The height of its filters.
  public var kernelHeight: Int
  /// The width of its filters.
  public var kernelWidth: Int

  /// The gradient of a convolution with filters of this size.
  public init(_ conv: Conv2D, kernelHeight: Int, kernelWidth: Int) {
    self.conv = conv
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
  }

  /// `[K, C/groups, R, S]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [4, 4], takes: "x [N, C, H, W], dy [N, K, P, Q]")
    let (x, dy) = (inputs[0], inputs[1])
    guard 1...x[1] ~= conv.groups else {
      throw ShapeError(Self.name, "\(conv.groups) groups of \(x[1]) channels")
    }
    let w = try Self.sized([dy[1], x[1] / conv.groups, kernelHeight, kernelWidth])
    let y = try conv.outputShape([x, w])
    guard y == dy else { throw ShapeError(Self.name, "dy \(dy), but \(x) gives \(y)") }
    return w
  }

  /// None: the rows are summed.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    try Self.sharedRows(inputs)
    return nil
  }

  /// Every product of the convolution, with filters and output exchanged.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (x, dy) = (inputs[0], inputs[1])
    var dw = zeroOutput(inputs)
    conv.visitTaps(x: x.shape, w: dw.shape, y: dy.shape) { i, j, k in
      dw.elements[j] += x.elements[i] * dy.elements[k]
    }
    return dw
  }

  /// Both with the upstream as filters: the data gradient for x, the convolution for dy.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let x = graph.shape(of: site.inputs[0])
    let data = Conv2DDataGradient(conv, inputHeight: x[2], inputWidth: x[3])
    return [
      try graph.add(data, [site.inputs[1], site.upstream]),
      try graph.add(conv, [site.inputs[0], site.upstream]),
    ]
  }

  /// Two operations for each tap of each output of the convolution.
  public func cost(_ inputs: [Shape]) -> Cost {
    let taps = outputCount(inputs) / inputs[1][1]
    return cost(inputs, operations: 2 * inputs[1].elementCount * taps)
  }
}
