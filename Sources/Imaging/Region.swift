/// A part of a picture, in its pixels; edges may lie between pixels and outside of the picture.
public struct Region: Sendable, Hashable {
  /// The left edge; 0 is the left edge of the first column.
  public var x: Double
  /// The upper edge; 0 is the upper edge of the first row.
  public var y: Double
  /// The width.
  public var width: Double
  /// The height.
  public var height: Double

  /// A region.
  public init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// All of a picture.
  public init(of picture: Picture) {
    self.init(x: 0, y: 0, width: Double(picture.width), height: Double(picture.height))
  }

  /// The part that lies inside of another region; nil where none does.
  public func clipped(to other: Region) -> Region? {
    let (left, top) = (max(x, other.x), max(y, other.y))
    let right = min(x + width, other.x + other.width)
    let bottom = min(y + height, other.y + other.height)
    guard left < right, top < bottom else { return nil }
    return Region(x: left, y: top, width: right - left, height: bottom - top)
  }

  /// The same part of the picture after a resize.
  public func scaled(x factorX: Double, y factorY: Double) -> Region {
    Region(x: x * factorX, y: y * factorY, width: width * factorX, height: height * factorY)
  }

  /// Left, top, width, height: the order of the records.
  public var values: [Double] { [x, y, width, height] }
}
