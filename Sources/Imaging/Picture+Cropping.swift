extension Picture {
  /// A part of the picture; what lies outside of it has the given colour.
  /// - Parameters:
  ///   - x: the first column, negative to the left of the picture.
  ///   - y: the first row, negative above the picture.
  ///   - newWidth: at least 1.
  ///   - newHeight: at least 1.
  ///   - background: the colour outside.
  /// - Returns: a picture of that size.
  public func cropped(
    x: Int, y: Int, width newWidth: Int, height newHeight: Int, background: Color = .black
  ) -> Picture {
    if x == 0, y == 0, newWidth == width, newHeight == height { return self }
    var target = Picture(width: newWidth, height: newHeight, filledWith: background)
    target.paste(self, x: -x, y: -y)
    return target
  }

  /// Lays another picture over this one; what would lie outside is cut off.
  public mutating func paste(_ other: Picture, x: Int, y: Int) {
    let columns = max(x, 0)..<max(min(x + other.width, width), max(x, 0))
    guard !columns.isEmpty else { return }
    for row in max(y, 0)..<max(min(y + other.height, height), max(y, 0)) {
      let target = (row * width + columns.lowerBound) * 3
      let source = ((row - y) * other.width + columns.lowerBound - x) * 3
      bytes.replaceSubrange(
        target..<target + columns.count * 3,
        with: other.bytes[source..<source + columns.count * 3])
    }
  }

  /// The size whose shorter side is as asked for, as torchvision's `Resize` computes it.
  ///
  /// The longer side is `int(side * long / short)`, cut, not rounded.
  func size(withShorterSide side: Int) -> (width: Int, height: Int) {
    let short = min(width, height)
    let long = Int(Double(side * max(width, height)) / Double(short))
    return width <= height ? (side, long) : (long, side)
  }

  /// Where torchvision's `CenterCrop` begins along one axis.
  ///
  /// Half of the rest, rounded half to even; where the picture is smaller, minus half of what is
  /// missing, rounded towards zero, because it is padded first.
  static func centredStart(of length: Int, in whole: Int) -> Int {
    length > whole
      ? -((length - whole) / 2)
      : Int((Double(whole - length) / 2).rounded(.toNearestOrEven))
  }
}
