/// How stored pixels must be turned to be upright: the values of the Exif tag 0x0112.
public enum Orientation: Int, Sendable, Hashable, CaseIterable {
  /// As stored.
  case up = 1
  /// Mirrored left to right.
  case mirrored = 2
  /// Turned by half.
  case down = 3
  /// Mirrored top to bottom.
  case flipped = 4
  /// Mirrored at the diagonal from the upper left corner.
  case transposed = 5
  /// To be turned a quarter clockwise.
  case right = 6
  /// Mirrored at the diagonal from the upper right corner.
  case transverse = 7
  /// To be turned a quarter counter-clockwise.
  case left = 8

  /// Whether width and height change places.
  public var swapsSides: Bool { rawValue >= 5 }
}

extension Picture {
  /// The same picture upright, as Pillow's `ImageOps.exif_transpose` makes it.
  public func turned(_ orientation: Orientation) -> Picture {
    if orientation == .up { return self }
    let newWidth = orientation.swapsSides ? height : width
    let newHeight = orientation.swapsSides ? width : height
    var turned: [UInt8] = []
    turned.reserveCapacity(bytes.count)
    for y in 0..<newHeight {
      for x in 0..<newWidth {
        let (sourceX, sourceY) =
          switch orientation {
          case .up: (x, y)
          case .mirrored: (width - 1 - x, y)
          case .down: (width - 1 - x, height - 1 - y)
          case .flipped: (x, height - 1 - y)
          case .transposed: (y, x)
          case .right: (y, height - 1 - x)
          case .transverse: (width - 1 - y, height - 1 - x)
          case .left: (width - 1 - y, x)
          }
        let place = (sourceY * width + sourceX) * 3
        turned.append(bytes[place])
        turned.append(bytes[place + 1])
        turned.append(bytes[place + 2])
      }
    }
    return Picture(width: newWidth, height: newHeight, bytes: turned)
  }
}
