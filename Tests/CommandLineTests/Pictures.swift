import Foundation
import Imaging

/// Pictures for the tests.
enum Pictures {
  /// A picture of smooth colours with some structure, different for each seed.
  static func pattern(_ width: Int, _ height: Int, seed: Int = 0) -> Picture {
    var picture = Picture(width: width, height: height, filledWith: .black)
    for y in 0..<height {
      for x in 0..<width {
        let spot = (x * 7 / width + y * 5 / height + seed) % 3 * 60
        picture[x, y] = Color(
          UInt8((x * 180 / width + spot) % 256), UInt8((y * 150 / height + seed * 40) % 256),
          UInt8(spot))
      }
    }
    return picture
  }

  static func png(_ width: Int, _ height: Int, seed: Int = 0) throws -> [UInt8] {
    try pattern(width, height, seed: seed).png()
  }

  static func jpeg(_ width: Int, _ height: Int, seed: Int = 0) throws -> [UInt8] {
    try pattern(width, height, seed: seed).jpeg(quality: 95)
  }

  /// A JPEG that says that the camera was held upright, a quarter turned.
  static func turned(_ width: Int, _ height: Int) throws -> [UInt8] {
    let bytes = try jpeg(width, height)
    // One entry: tag 0x0112, SHORT, one value, 6.
    let tiff: [UInt8] =
      [0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0]
      + [0, 0]
    let body = Array("Exif\0\0".utf8) + tiff
    let length = body.count + 2
    return bytes[..<2] + [0xff, 0xe1, UInt8(length >> 8), UInt8(length & 0xff)] + body + bytes[2...]
  }

  /// A PNG whose header states a size that its pixels do not have.
  static func png(stating side: Int) throws -> [UInt8] {
    var bytes = try png(8, 8)
    for (offset, shift) in [24, 16, 8, 0].enumerated() {
      bytes[16 + offset] = UInt8(side >> shift & 0xff)
      bytes[20 + offset] = UInt8(side >> shift & 0xff)
    }
    // The check sum of the header: type and body.
    let sum = crc(bytes[12..<29])
    for (offset, shift) in [24, 16, 8, 0].enumerated() {
      bytes[29 + offset] = UInt8(sum >> UInt32(shift) & 0xff)
    }
    return bytes
  }

  /// A JPEG whose first scan comes a thousand times more.
  static func scanBomb() throws -> [UInt8] {
    let path = URL(fileURLWithPath: Program.networks).deletingLastPathComponent()
      .appendingPathComponent("images/progressive420.jpg")
    let bytes = try [UInt8](Data(contentsOf: path))
    let marks = bytes.indices.dropLast().filter { bytes[$0] == 0xff }
    let start = marks.first { bytes[$0 + 1] == 0xda } ?? 0
    let end = marks.first { $0 > start + 12 && bytes[$0 + 1] != 0 } ?? bytes.count
    let scan = bytes[start..<end]
    return Array(bytes[..<end]) + (0..<1000).flatMap { _ in scan } + bytes[end...]
  }

  /// A PNG of four channels, its pixels stored without compression; `alpha` is row-major.
  static func png(_ picture: Picture, alpha: [UInt8]) -> [UInt8] {
    func bigEndian(_ value: UInt32) -> [UInt8] {
      [24, 16, 8, 0].map { UInt8(value >> $0 & 0xff) }
    }
    func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
      let named = Array(name.utf8) + body
      return bigEndian(UInt32(body.count)) + named + bigEndian(crc(named[...]))
    }
    var rows: [UInt8] = []
    for y in 0..<picture.height {
      rows.append(0)
      for x in 0..<picture.width {
        let color = picture[x, y]
        rows += [color.red, color.green, color.blue, alpha[y * picture.width + x]]
      }
    }
    // One stored block of zlib, and its Adler-32.
    precondition(rows.count < 1 << 16, "\(rows.count) bytes need a second block")
    let sums = rows.reduce((UInt32(1), UInt32(0))) { sums, byte in
      let sum = (sums.0 + UInt32(byte)) % 65521
      return (sum, (sums.1 + sum) % 65521)
    }
    let count = [UInt8(rows.count & 0xff), UInt8(rows.count >> 8)]
    let stream: [UInt8] = [0x78, 1, 1] + count + count.map { ~$0 } + rows
    let size = bigEndian(UInt32(picture.width)) + bigEndian(UInt32(picture.height))
    return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + chunk("IHDR", size + [8, 6, 0, 0, 0])
      + chunk("IDAT", stream + bigEndian(sums.1 << 16 | sums.0)) + chunk("IEND", [])
  }

  /// The check sum of PNG: CRC-32 of IEEE 802.3.
  private static func crc(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in
        value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1
      }
    }
  }
}
