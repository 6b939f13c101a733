import Imaging

/// A window of a picture at a random place: torchvision's `RandomCrop`.
public struct RandomCrop: Sendable, Hashable {
  /// The size of the window.
  public var size: Preset.Size

  /// A window of a size.
  public init(size: Preset.Size) {
    self.size = size
  }

  /// A window of a picture.
  /// - Parameters:
  ///   - picture: at least as large as the window.
  ///   - object: what the window shall hold; nil where it may lie anywhere.
  ///   - draws: the random numbers: one for the row, one for the column.
  /// - Returns: a picture of the window's size.
  func apply(
    to picture: Picture, keeping object: Region?, _ draws: inout SampleDraws
  ) -> Picture {
    let y = Self.start(
      draws.unit(), of: size.height, in: picture.height, keeping: object?.rows)
    let x = Self.start(
      draws.unit(), of: size.width, in: picture.width, keeping: object?.columns)
    return picture.cropped(x: x, y: y, width: size.width, height: size.height)
  }

  /// Where a part begins along one axis.
  /// - Parameters:
  ///   - draw: a random number in `[0, 1)`.
  ///   - length: that of the part.
  ///   - whole: that of the picture, at least as long.
  ///   - object: what the part shall hold; one that is longer shall hold the part.
  /// - Returns: the first pixel, so that the part lies inside of the picture.
  static func start(
    _ draw: Double, of length: Int, in whole: Int, keeping object: ClosedRange<Double>?
  ) -> Int {
    let places = places(of: length, in: whole, keeping: object)
    return places.lowerBound + Int(draw * Double(places.count))
  }

  /// Where a part may begin along one axis.
  static func places(
    of length: Int, in whole: Int, keeping object: ClosedRange<Double>?
  ) -> ClosedRange<Int> {
    let free = whole - length
    guard let object else { return 0...free }
    let ends = [object.upperBound.rounded(.up) - Double(length), object.lowerBound.rounded(.down)]
      .map { Int(min(max($0, 0), Double(free))) }
    return min(ends[0], ends[1])...max(ends[0], ends[1])
  }
}

extension Region {
  /// From the left to the right edge.
  var columns: ClosedRange<Double> { x...x + max(width, 0) }

  /// From the upper to the lower edge.
  var rows: ClosedRange<Double> { y...y + max(height, 0) }
}
