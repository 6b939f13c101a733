import Graphs
import Tensors

/// The largest element of each window.
///
/// y[n,c,p,q] = max_{r,s} x[n, c, p·stride + r·dilation − pad, q·stride + s·dilation − pad] over the
/// cells inside the image; ONNX `MaxPool`, PyTorch `max_pool2d`, ceil mode included. The whole
/// gradient goes to the first maximum in row-major order.
///
/// Input: x `[N, C, H, W]`. Output: `[N, C, P, Q]`.
public struct MaxPool: Operator {
  /// The stem of every file about this operator.
  public static let name = "max_pool"

  /// The taps of a window.
  public var kernel: Window.Pair
  /// How the window moves.
  public var window: Window
  /// Whether a last window that is not whole counts.
  public var ceilMode: Bool

  /// A pooling.
  public init(kernel: Window.Pair, window: Window, ceilMode: Bool) {
    self.kernel = kernel
    self.window = window
    self.ceilMode = ceilMode
  }

  /// `[N, C, P, Q]`; no window may lie wholly in the padding.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [4], takes: "x [N, C, H, W]")
    let x = inputs[0]
    let size = try window.outputSize(of: x, kernel: kernel, ceilMode: ceilMode, for: Self.name)
    let axes = window.axes(kernel: kernel, height: x[2], width: x[3])
    guard !axes.height.leavesAWindowEmpty(size.height), !axes.width.leavesAWindowEmpty(size.width)
    else { throw ShapeError(Self.name, "a window over \(x) lies wholly in the padding") }
    return try Self.sized([x[0], x[1], size.height, size.width])
  }

  /// The formula, window by window.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let x = inputs[0]
    var y = zeroOutput(inputs)
    visitMaxima(of: x, in: y.shape) { flat, cell in y[flat] = x[cell] }
    return y
  }

  /// The upstream gradient at the first maximum of each window.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    [try graph.add(MaxPoolGradient(self), [site.inputs[0], site.upstream])]
  }

  /// One comparison for each tap.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: outputCount(inputs) * kernel.height * kernel.width)
  }

  /// Calls `body` for each output: its flat index, and that of the first maximum of its window.
  func visitMaxima(of x: HostTensor<Double>, in y: Shape, _ body: (Int, Int) -> Void) {
    let (height, width) = (x.shape[2], x.shape[3])
    y.visitPlaces { plane, p, q, flat in
      let cells = window.cells(p, q, kernel: kernel, height: height, width: width)
        .map { plane * height * width + $0 }
      var best = cells[0]
      for cell in cells where x[cell] > x[best] { best = cell }
      body(flat, best)
    }
  }
}
