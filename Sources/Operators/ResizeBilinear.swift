import Graphs
import Tensors

/// An image at another size, by linear interpolation along both axes.
///
/// For each axis with m cells in and n out, at place d: src = max((d + ½)·(m/n) − ½, 0), or
/// d·(m − 1)/(n − 1) with aligned corners (0 for n = 1); i0 = min(⌊src⌋, m − 1), i1 = min(i0 + 1, m − 1),
/// t = src − i0, out = (1 − t)·x[i0] + t·x[i1]. PyTorch `interpolate(mode='bilinear')` without
/// anti-aliasing; ONNX `Resize` with `pytorch_half_pixel` or `align_corners`.
///
/// Input: x `[N, C, h, w]`. Output: `[N, C, H, W]`.
public struct ResizeBilinear: Operator {
  /// The stem of every file about this operator.
  public static let name = "resize_bilinear"

  /// The height of the output.
  public var height: Int
  /// The width of the output.
  public var width: Int
  /// Whether the centres of the corner cells of input and output coincide.
  public var alignsCorners: Bool

  /// A resize.
  public init(height: Int, width: Int, alignsCorners: Bool) {
    self.height = height
    self.width = width
    self.alignsCorners = alignsCorners
  }

  /// `[N, C, H, W]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [4], takes: "x [N, C, h, w]")
    return try Self.sized([inputs[0][0], inputs[0][1], height, width])
  }

  /// The formula, four cells for each output.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let x = inputs[0]
    var y = zeroOutput(inputs)
    visitCells(x: x.shape, y: y.shape) { i, j, weight in y[j] += weight * x[i] }
    return y
  }

  /// The upstream gradient, brought back to each cell by its weights.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let x = graph.shape(of: site.inputs[0])
    let gradient = ResizeBilinearGradient(self, inputHeight: x[2], inputWidth: x[3])
    return [try graph.add(gradient, [site.upstream])]
  }

  /// A multiply-add for each of four cells.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 8 * outputCount(inputs))
  }

  /// Calls `body` for the four cells of every output: flat index in x, flat index in y, weight.
  func visitCells(x: Shape, y: Shape, _ body: (Int, Int, Double) -> Void) {
    y.visitPlaces { plane, p, q, flat in
      for (i, vertical) in cells(p, from: x[2], to: y[2]) {
        for (j, horizontal) in cells(q, from: x[3], to: y[3]) {
          body((plane * x[2] + i) * x[3] + j, flat, vertical * horizontal)
        }
      }
    }
  }

  /// The two cells of one axis that an output place lies between, with their weights.
  private func cells(_ place: Int, from m: Int, to n: Int) -> [(Int, Double)] {
    let source: Double
    if alignsCorners {
      source = n == 1 ? 0 : Double(place) * Double(m - 1) / Double(n - 1)
    } else {
      source = max((Double(place) + 0.5) * (Double(m) / Double(n)) - 0.5, 0)
    }
    let first = min(Int(source), m - 1)
    let t = source - Double(first)
    return [(first, 1 - t), (min(first + 1, m - 1), t)]
  }
}
