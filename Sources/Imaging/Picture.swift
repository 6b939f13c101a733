/// A picture in host memory: RGB, 8 bits a channel, rows from the top, pixels interleaved.
///
/// The channels are what the file says (in practice sRGB values); no colour profile is applied.
public struct Picture: Sendable, Hashable {
  /// Pixels a row, at least 1.
  public let width: Int
  /// Rows, at least 1.
  public let height: Int
  /// `height * width * 3` values: red, green, blue of each pixel in row-major order.
  public var bytes: [UInt8]

  /// A picture over these bytes.
  /// - Precondition: both sides are at least 1 and `bytes.count == height * width * 3`.
  public init(width: Int, height: Int, bytes: [UInt8]) {
    precondition(width > 0 && height > 0, "\(width)x\(height) has no pixels")
    precondition(bytes.count == width * height * 3, "\(bytes.count) bytes for \(width)x\(height)")
    self.width = width
    self.height = height
    self.bytes = bytes
  }

  /// A picture of one colour.
  public init(width: Int, height: Int, filledWith color: Color) {
    var bytes = [UInt8](repeating: color.red, count: width * height * 3)
    if color.green != color.red || color.blue != color.red {
      for pixel in stride(from: 0, to: bytes.count, by: 3) {
        bytes[pixel + 1] = color.green
        bytes[pixel + 2] = color.blue
      }
    }
    self.init(width: width, height: height, bytes: bytes)
  }

  /// The colour at a column and a row, both counted from the upper left corner.
  public subscript(x: Int, y: Int) -> Color {
    get {
      let place = (y * width + x) * 3
      return Color(bytes[place], bytes[place + 1], bytes[place + 2])
    }
    set {
      let place = (y * width + x) * 3
      bytes[place] = newValue.red
      bytes[place + 1] = newValue.green
      bytes[place + 2] = newValue.blue
    }
  }
}

/// One RGB colour, 8 bits a channel.
public struct Color: Sendable, Hashable {
  /// Red, 0...255.
  public var red: UInt8
  /// Green, 0...255.
  public var green: UInt8
  /// Blue, 0...255.
  public var blue: UInt8

  /// A colour of three channels.
  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// A shade of grey.
  public init(gray: UInt8) {
    self.init(gray, gray, gray)
  }

  /// Black, 0 in every channel.
  public static let black = Color(gray: 0)
  /// White, 255 in every channel.
  public static let white = Color(gray: 255)
}
