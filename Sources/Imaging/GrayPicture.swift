/// A picture of one channel, such as a mask: 8 bits a pixel, rows from the top.
public struct GrayPicture: Sendable, Hashable {
  /// Pixels a row, at least 1.
  public let width: Int
  /// Rows, at least 1.
  public let height: Int
  /// `height * width` values in row-major order.
  public var values: [UInt8]

  /// A picture over these values.
  /// - Precondition: both sides are at least 1 and `values.count == height * width`.
  public init(width: Int, height: Int, values: [UInt8]) {
    precondition(width > 0 && height > 0, "\(width)x\(height) has no pixels")
    precondition(values.count == width * height, "\(values.count) values for \(width)x\(height)")
    self.width = width
    self.height = height
    self.values = values
  }

  /// The luma of a picture, `L = (19595 R + 38470 G + 7471 B + 32768) >> 16`.
  ///
  /// The weights of ITU-R 601 in 16-bit fixed point, bit for bit Pillow's `convert("L")`. Where
  /// the three channels are equal, L is their value.
  public init(luma picture: Picture) {
    let bytes = picture.bytes
    let values = (0..<picture.width * picture.height).map { pixel in
      let red = Int(bytes[3 * pixel])
      let green = Int(bytes[3 * pixel + 1])
      let blue = Int(bytes[3 * pixel + 2])
      return UInt8((19_595 * red + 38_470 * green + 7_471 * blue + 32_768) >> 16)
    }
    self.init(width: picture.width, height: picture.height, values: values)
  }
}

extension Picture {
  /// A grey picture in three equal channels.
  public init(_ gray: GrayPicture) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(gray.values.count * 3)
    for value in gray.values {
      bytes.append(value)
      bytes.append(value)
      bytes.append(value)
    }
    self.init(width: gray.width, height: gray.height, bytes: bytes)
  }
}
