import Tensors

/// A map of one value a position, as it is displayed.
public struct SaliencyMap: Sendable, Hashable {
  /// Positions a row, at least 1.
  public let width: Int
  /// Rows, at least 1.
  public let height: Int
  /// `height * width` values in row-major order.
  public var values: [Float]

  /// A map over these values.
  /// - Precondition: both sides are at least 1 and `values.count == height * width`.
  public init(width: Int, height: Int, values: [Float]) {
    precondition(width > 0 && height > 0, "\(width)x\(height) has no positions")
    precondition(values.count == width * height, "\(values.count) values for \(width)x\(height)")
    self.width = width
    self.height = height
    self.values = values
  }

  /// A map over a tensor `[..., height, width]` whose leading extents are all 1.
  /// - Throws: `ImagingError.size` for any other shape.
  public init(_ tensor: HostTensor<Float>) throws(ImagingError) {
    let shape = tensor.shape
    guard shape.rank >= 2, shape.extents.dropLast(2).allSatisfy({ $0 == 1 }),
      shape.elementCount > 0
    else { throw .size("\(shape) is not one map of height and width") }
    self.init(
      width: shape[shape.rank - 1], height: shape[shape.rank - 2], values: tensor.elements)
  }

  /// The map scaled to 0...1, `(v - min) / (max - min)`; zeros where all values are equal.
  ///
  /// Values that are not finite become 0 and do not count.
  public var normalised: SaliencyMap {
    let finite = values.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max(), low < high else {
      return SaliencyMap(
        width: width, height: height, values: [Float](repeating: 0, count: values.count))
    }
    // In Double, so that high - low cannot overflow.
    let range = Double(high) - Double(low)
    return SaliencyMap(
      width: width, height: height,
      values: values.map { $0.isFinite ? Float((Double($0) - Double(low)) / range) : 0 })
  }

  /// The value at a place between positions, bilinear, held constant beyond the outermost centres.
  ///
  /// - Parameters:
  ///   - x: in positions; the centre of the first column is 0.
  ///   - y: in positions; the centre of the first row is 0.
  /// - Returns: a weighted mean of up to four values.
  func value(x: Double, y: Double) -> Float {
    let (x0, x1, tx) = SaliencyMap.neighbours(x, width)
    let (y0, y1, ty) = SaliencyMap.neighbours(y, height)
    let above = (1 - tx) * Double(values[y0 * width + x0]) + tx * Double(values[y0 * width + x1])
    let below = (1 - tx) * Double(values[y1 * width + x0]) + tx * Double(values[y1 * width + x1])
    return Float((1 - ty) * above + ty * below)
  }

  private static func neighbours(_ place: Double, _ length: Int) -> (Int, Int, Double) {
    let place = min(max(place, 0), Double(length - 1))
    let first = Int(place)
    return (first, min(first + 1, length - 1), place - Double(first))
  }
}
