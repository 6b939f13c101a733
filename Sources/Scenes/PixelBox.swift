/// A rectangle of whole pixels, as in COCO: the corner at the top left, then the extent.
public struct PixelBox: Sendable, Hashable {
  /// The first column.
  public let x: Int
  /// The first row.
  public let y: Int
  /// The number of columns.
  public let width: Int
  /// The number of rows.
  public let height: Int

  /// A rectangle.
  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// The column behind the last.
  public var right: Int { x + width }

  /// The row behind the last.
  public var bottom: Int { y + height }

  /// The number of pixels.
  public var area: Int { width * height }

  /// Whether a pixel lies inside.
  public func contains(_ x: Int, _ y: Int) -> Bool {
    x >= self.x && x < right && y >= self.y && y < bottom
  }
}
