import Graphs
import Tensors

/// The mean of each window.
///
/// y[n,c,p,q] = (Σ_{r,s} x[n, c, p·stride + r·dilation − pad, ...]) / divisor, x = 0 in the padding;
/// ONNX `AveragePool`, PyTorch `avg_pool2d`. The divisor counts the cells of the window inside the
/// image, or, where the padding counts, inside the padded image: cells beyond it, which ceil mode
/// can reach, never count.
///
/// Input: x `[N, C, H, W]`. Output: `[N, C, P, Q]`.
public struct AveragePool: Operator {
  /// The stem of every file about this operator.
  public static let name = "average_pool"

  /// The taps of a window.
  public var kernel: Window.Pair
  /// How the window moves.
  public var window: Window
  /// Whether a last window that is not whole counts.
  public var ceilMode: Bool
  /// Whether cells of the padding count in the divisor.
  public var countsPadding: Bool

  /// A pooling.
  public init(kernel: Window.Pair, window: Window, ceilMode: Bool, countsPadding: Bool) {
    self.kernel = kernel
    self.window = window
    self.ceilMode = ceilMode
    self.countsPadding = countsPadding
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
    visitCells(x: x.shape, y: y.shape) { i, j, divisor in
      y[j] += x[i] / divisor
    }
    return y
  }

  /// The upstream gradient, spread evenly over each window.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let x = graph.shape(of: site.inputs[0])
    let gradient = AveragePoolGradient(self, inputHeight: x[2], inputWidth: x[3])
    return [try graph.add(gradient, [site.upstream])]
  }

  /// One addition for each tap.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: outputCount(inputs) * kernel.height * kernel.width)
  }

  /// Calls `body` for every cell of every window: flat index in x, flat index in y, divisor.
  func visitCells(x: Shape, y: Shape, _ body: (Int, Int, Double) -> Void) {
    let axes = window.axes(kernel: kernel, height: x[2], width: x[3])
    y.visitPlaces { plane, p, q, flat in
      let cells = window.cells(p, q, kernel: kernel, height: x[2], width: x[3])
      let padded = axes.height.paddedCount(p) * axes.width.paddedCount(q)
      for cell in cells {
        body(plane * x[2] * x[3] + cell, flat, Double(countsPadding ? padded : cells.count))
      }
    }
  }
}

extension Window.Axis {
  /// How many taps of the window at a place lie inside the padded image.
  fileprivate func paddedCount(_ place: Int) -> Int {
    positions(place).count { $0 < extent + after }
  }
}
