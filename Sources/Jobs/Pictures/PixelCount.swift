extension PictureSource {
  /// The pixels that its header states, before anything is decoded; 0 where none are found.
  ///
  /// PNG: width and height of IHDR. JPEG: those of the first frame header, segment by segment.
  package var statedPixelCount: Int {
    do throws(SystemError) {
      let file = try OpenFile(reading: path)
      return format == .png ? try Self.png(file) : try Self.jpeg(file)
    } catch {
      return 0
    }
  }

  private static func png(_ file: borrowing OpenFile) throws(SystemError) -> Int {
    let bytes = try file.bytes(at: 16, count: 8)
    guard bytes.count == 8 else { return 0 }
    return product(number(bytes[0..<4]), number(bytes[4..<8]))
  }

  private static func jpeg(_ file: borrowing OpenFile) throws(SystemError) -> Int {
    var place = 2
    // More segments than any real file has; each step moves on by at least two bytes.
    for _ in 0..<4096 {
      let bytes = try file.bytes(at: place, count: 9)
      guard bytes.count == 9, bytes[0] == 0xff else { return 0 }
      switch bytes[1] {
      case 0xff: place += 1
      case 0xc0...0xcf where ![0xc4, 0xc8, 0xcc].contains(bytes[1]):
        return product(number(bytes[5..<7]), number(bytes[7..<9]))
      default: place += 2 + max(2, number(bytes[2..<4]))
      }
    }
    return 0
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reduce(0) { $0 << 8 | Int($1) }
  }

  private static func product(_ width: Int, _ height: Int) -> Int {
    let (count, overflow) = width.multipliedReportingOverflow(by: height)
    return overflow ? Int.max : count
  }
}

extension Input {
  /// The pixels that are decoded at once when it is read; 0 where it is no picture.
  package var pixelCount: Int { picture?.statedPixelCount ?? 0 }
}
