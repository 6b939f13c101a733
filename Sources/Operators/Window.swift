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

extension Window {
  /// The largest stride, dilation, kernel extent or padding: products of two of them cannot overflow.
  private static let limit = 1 << 20

  /// The size of the output of a window of `kernel` taps over an image `[N, C, H, W]`.
  ///
  /// P = ⌊(H + padding − dilation·(kernel − 1) − 1) / stride⌋ + 1, rounded up in ceil mode unless the
  /// last window would then start in the end padding (PyTorch's rule).
  /// - Throws: `ShapeError` where no window fits or a number is out of range.
  func outputSize(
    of image: Shape, kernel: Pair, ceilMode: Bool = false, for name: String
  ) throws(ShapeError) -> Pair {
    let numbers = [
      stride.height, stride.width, dilation.height, dilation.width, kernel.height, kernel.width,
    ]
    let paddings = [
      paddingBefore.height, paddingBefore.width, paddingAfter.height, paddingAfter.width,
    ]
    guard numbers.allSatisfy({ 1...Self.limit ~= $0 }),
      paddings.allSatisfy({ 0...Self.limit ~= $0 }),
      image.extents.allSatisfy({ 0...Int(Int32.max) ~= $0 })
    else { throw ShapeError(name, "stride, dilation, kernel or padding out of range") }
    let axes = self.axes(kernel: kernel, height: image[2], width: image[3])
    guard let height = axes.height.count(ceilMode), let width = axes.width.count(ceilMode) else {
      throw ShapeError(name, "a \(kernel.height)x\(kernel.width) window does not fit in \(image)")
    }
    return Pair(height, width)
  }

  /// The window along each axis of an image of this size.
  func axes(kernel: Pair, height: Int, width: Int) -> (height: Axis, width: Axis) {
    (
      Axis(
        stride: stride.height, before: paddingBefore.height, after: paddingAfter.height,
        dilation: dilation.height, kernel: kernel.height, extent: height),
      Axis(
        stride: stride.width, before: paddingBefore.width, after: paddingAfter.width,
        dilation: dilation.width, kernel: kernel.width, extent: width)
    )
  }

  /// A window that moves along one axis of an image.
  struct Axis {
    let stride: Int
    let before: Int
    let after: Int
    let dilation: Int
    let kernel: Int
    let extent: Int

    /// The number of places of the window, or nil where it does not fit.
    func count(_ ceilMode: Bool) -> Int? {
      let room = extent + before + after - dilation * (kernel - 1) - 1
      guard room >= 0 else { return nil }
      guard ceilMode else { return room / stride + 1 }
      let count = (room + stride - 1) / stride + 1
      return (count - 1) * stride >= extent + before ? count - 1 : count
    }

    /// Where each tap of the window at a place lies; below 0 or beyond the image in the padding.
    func positions(_ place: Int) -> [Int] {
      (0..<kernel).map { place * stride + $0 * dilation - before }
    }

    /// Where the taps inside the image lie, ascending.
    func cells(_ place: Int) -> [Int] {
      positions(place).filter { 0..<extent ~= $0 }
    }

    /// Whether some window of the first `count` meets no cell of the image.
    func leavesAWindowEmpty(_ count: Int) -> Bool {
      // Windows that start before the image are looked at one by one; of the others, which start
      // inside or behind it, the last decides.
      let early = min(count, (before + stride - 1) / stride)
      for place in 0..<early {
        let start = place * stride - before
        let tap = (-start + dilation - 1) / dilation
        if tap >= kernel || start + tap * dilation >= extent { return true }
      }
      return count > early && (count - 1) * stride - before >= extent
    }
  }
}
