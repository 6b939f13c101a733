/// Some of the pixels of a picture.
public struct PixelMask: Sendable, Hashable {
  /// The columns of the picture, at least 1.
  public let width: Int
  /// Its rows, at least 1.
  public let height: Int
  /// `height * width` pixels in row-major order: whether each is one of them.
  public internal(set) var isInside: [Bool]

  /// None of the pixels of a picture.
  public init(width: Int, height: Int) {
    precondition(width > 0 && height > 0, "\(width)x\(height) has no pixels")
    self.width = width
    self.height = height
    isInside = [Bool](repeating: false, count: width * height)
  }

  /// These pixels, in row-major order.
  public init(width: Int, height: Int, _ isInside: [Bool]) {
    self.init(width: width, height: height)
    precondition(isInside.count == width * height, "\(isInside.count) for \(width)x\(height)")
    self.isInside = isInside
  }

  /// How many there are.
  public var count: Int { isInside.count { $0 } }

  /// Whether a pixel is one of them; one outside of the picture is not.
  public func contains(column: Int, row: Int) -> Bool {
    guard (0..<width).contains(column), (0..<height).contains(row) else { return false }
    return isInside[row * width + column]
  }

  /// Adds the pixels of a rectangle, as far as they are in the picture.
  public mutating func formUnion(_ box: RegionBox) {
    guard let box = box.clipped(width: width, height: height) else { return }
    for row in box.top...box.bottom {
      for column in box.left...box.right { isInside[row * width + column] = true }
    }
  }

  /// Adds pixels of a picture of the same size.
  public mutating func formUnion(_ other: PixelMask) {
    precondition(other.width == width && other.height == height, "masks of two sizes")
    for place in isInside.indices where other.isInside[place] { isInside[place] = true }
  }

  /// Adds the pixels `range` of the columns, counted down each column and from left to right.
  mutating func formUnion(downColumns range: Range<Int>) {
    for place in range { isInside[place % height * width + place / height] = true }
  }

  /// Whether a pixel of them is nearer to a point than a distance, in pixels, or is that point.
  ///
  /// (u − u')² + (v − v')² < tolerance², or u = u' and v = v'.
  public func isNear(column: Int, row: Int, tolerance: Double) -> Bool {
    if contains(column: column, row: row) { return true }
    let reach = Int(min(tolerance.rounded(.up), Double(width + height)))
    guard reach > 0 else { return false }
    for other in max(0, row - reach)..<max(0, min(height, row + reach + 1)) {
      let rise = Double((other - row) * (other - row))
      for place in max(0, column - reach)..<max(0, min(width, column + reach + 1))
      where isInside[other * width + place] {
        let run = Double((place - column) * (place - column))
        if rise + run < tolerance * tolerance { return true }
      }
    }
    return false
  }
}

/// A rectangle of whole pixels; both ends belong to it.
public struct RegionBox: Sendable, Hashable {
  /// The first column, from 0.
  public let left: Int
  /// The first row, from 0.
  public let top: Int
  /// The last column.
  public let right: Int
  /// The last row.
  public let bottom: Int

  /// A rectangle.
  /// - Precondition: no end lies before its beginning.
  public init(left: Int, top: Int, right: Int, bottom: Int) {
    precondition(left <= right && top <= bottom, "a rectangle without pixels")
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  /// The pixels whose centres lie inside of edges between pixels: where there are none, the pixel
  /// around the middle; nil where the edges make no rectangle or are beyond all pictures.
  ///
  /// Pixel i has its centre at i + 0.5, so that whole numbers cover `x..<x + width`.
  public init?(x: Double, y: Double, width: Double, height: Double) {
    guard let columns = Self.centres(x, width), let rows = Self.centres(y, height) else {
      return nil
    }
    self.init(
      left: columns.lowerBound, top: rows.lowerBound, right: columns.upperBound,
      bottom: rows.upperBound)
  }

  private static func centres(_ start: Double, _ length: Double) -> ClosedRange<Int>? {
    // NaN compares with nothing.
    guard length > 0, abs(start) < 1e9, length < 1e9 else { return nil }
    let first = Int((start - 0.5).rounded(.up))
    let last = Int((start + length - 0.5).rounded(.up)) - 1
    guard first > last else { return first...last }
    let middle = Int((start + length / 2).rounded(.down))
    return middle...middle
  }

  /// The columns.
  public var width: Int { right - left + 1 }

  /// The rows.
  public var height: Int { bottom - top + 1 }

  /// The pixels.
  public var area: Int { width * height }

  /// The part inside of a picture; nil where there is none.
  public func clipped(width: Int, height: Int) -> RegionBox? {
    let (left, top) = (max(left, 0), max(top, 0))
    let (right, bottom) = (min(right, width - 1), min(bottom, height - 1))
    guard left <= right, top <= bottom else { return nil }
    return RegionBox(left: left, top: top, right: right, bottom: bottom)
  }

  /// The pixels of both over the pixels of either, in 0...1.
  public func overlap(with other: RegionBox) -> Double {
    let columns = min(right, other.right) - max(left, other.left) + 1
    let rows = min(bottom, other.bottom) - max(top, other.top) + 1
    guard columns > 0, rows > 0 else { return 0 }
    let both = columns * rows
    return Double(both) / Double(area + other.area - both)
  }
}
