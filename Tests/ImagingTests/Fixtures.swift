import FoundationEssentials
import Imaging
import Testing

/// `Tests/Fixtures/images`, as `Tools/reference/make_image_fixtures.py` writes it.
struct Fixtures: Decodable {
  struct File: Decodable, CustomTestStringConvertible {
    let name: String
    let width: Int
    let height: Int
    /// CRC-32 of the RGB bytes, by what is done with alpha.
    let drop: UInt32
    let white: UInt32
    let black: UInt32
    let orientation: Int
    /// CRC-32 of the upright RGB bytes.
    let upright: UInt32
    /// The RGB bytes themselves, of the smallest files.
    let raw: [UInt8]?

    var testDescription: String { name }
  }

  struct Resize: Decodable {
    let seed: Int
    let from: [Int]
    let to: [Int]
    let filter: String
    let pillow13: UInt32
    let pillow12: UInt32
  }

  struct PresetCase: Decodable {
    let name: String
    let from: [Int]
    let seed: Int
    /// CRC-32 of the RGB bytes before normalisation.
    let bytes: UInt32
    /// CRC-32 of the normalised float32, little-endian.
    let input: UInt32
  }

  let files: [File]
  let resizes: [Resize]
  let presets: [PresetCase]
  let luma: UInt32
  let jpeg90: UInt32
  let crop: UInt32

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/images")

  static func load() throws -> Fixtures {
    try JSONDecoder().decode(
      Fixtures.self, from: Data(contentsOf: folder.appending(path: "manifest.json")))
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }
}

/// The picture that the makers of fixtures generate, too: a 32-bit mix of the byte's place and a seed.
func noise(width: Int, height: Int, seed: Int) -> Picture {
  let start = UInt32(truncatingIfNeeded: seed &* 0x9E37_79B9)
  let bytes = (0..<width * height * 3).map { place -> UInt8 in
    var x = UInt32(truncatingIfNeeded: place) &+ start
    x = (x ^ (x >> 16)) &* 0x85EB_CA6B
    x = (x ^ (x >> 13)) &* 0xC2B2_AE35
    return UInt8((x ^ (x >> 16)) >> 24)
  }
  return Picture(width: width, height: height, bytes: bytes)
}

/// CRC-32 as zlib computes it.
func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
  ~bytes.reduce(~UInt32(0)) { crc, byte in
    crcTable[Int((crc ^ UInt32(byte)) & 0xFF)] ^ (crc >> 8)
  }
}

private let crcTable: [UInt32] = (0..<256).map { index in
  (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
}

/// A seeded generator, so that a failure can be repeated.
struct Splitmix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
