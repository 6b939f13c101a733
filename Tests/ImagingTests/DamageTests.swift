import FoundationEssentials
import Imaging
import Testing

@Suite("No file is a crash")
struct DamageTests {
  @Test("every prefix of a file is an error that says so")
  func prefixesAreErrors() throws {
    for name in ["rgb8.png", "interlaced.png", "palette-trns.png", "baseline420.jpg"] {
      let bytes = try Fixtures.bytes(name)
      for count in 0..<bytes.count {
        #expect(throws: ImagingError.self, "\(name) to \(count)") {
          try PictureFile(Array(bytes[..<count]))
        }
      }
    }
  }

  @Test("300 seeded mutations of every file end in a picture or an error, fast")
  func mutationsAreSurvived() throws {
    let clock = ContinuousClock()
    let options = DecodingOptions(exif: .apply, alpha: .white)
    var pictures = 0
    var errors = 0
    for (number, file) in try Fixtures.load().files.enumerated() {
      let bytes = try Fixtures.bytes(file.name)
      for seed in 0..<300 {
        var random = Splitmix(state: UInt64(number * 1000 + seed))
        let mutated = mutate(bytes, &random)
        let time = clock.measure {
          do throws(ImagingError) {
            let decoded = try PictureFile(mutated, options)
            #expect(decoded.picture.bytes.count <= 3 * options.pixelCountMaximum)
            pictures += 1
          } catch {
            #expect(!error.what.isEmpty)
            errors += 1
          }
        }
        #expect(time < .seconds(20), "\(file.name), seed \(seed): \(time)")
      }
    }
    #expect(pictures + errors == 41 * 300)
    #expect(errors > 41 * 100)
  }

  /// Flips one to eight bits, cuts the end or a piece, or puts bytes in; half the PNG check sums stay right.
  private func mutate(_ original: [UInt8], _ random: inout Splitmix) -> [UInt8] {
    var bytes = original
    switch Int.random(in: 0..<4, using: &random) {
    case 0, 1:
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
          1 << UInt8.random(in: 0..<8, using: &random)
      }
    case 2:
      let start = Int.random(in: 0..<bytes.count, using: &random)
      let end = min(start + Int.random(in: 1...64, using: &random), bytes.count)
      bytes.removeSubrange(start..<end)
    default:
      let start = Int.random(in: 0...bytes.count, using: &random)
      let added = (0..<Int.random(in: 1...64, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      bytes.insert(contentsOf: added, at: start)
    }
    return Bool.random(using: &random) ? bytes : withRightSums(bytes)
  }

  /// Corrects the check sums of PNG chunks, so that damage reaches what lies behind them.
  private func withRightSums(_ bytes: [UInt8]) -> [UInt8] {
    guard PictureFormat(bytes) == .png else { return bytes }
    var bytes = bytes
    var place = 8
    while place + 12 <= bytes.count {
      let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - place - 12 else { break }
      let sum = crc32(bytes[place + 4..<place + 8 + length])
      for step in 0..<4 {
        bytes[place + 8 + length + step] = UInt8(truncatingIfNeeded: sum >> UInt32(24 - 8 * step))
      }
      place += 12 + length
    }
    return bytes
  }

  @Test("sizes are refused before their pixels are allocated")
  func largeHeadersAreRefused() throws {
    for (side, what) in [
      (60_000, "60000x60000 is more than 89478485 pixels"),
      (70_000, "70000x70000 is more than 65535 pixels a side"),
    ] {
      var bytes = try Fixtures.bytes("rgb8.png")
      for (offset, shift) in [24, 16, 8, 0].enumerated() {
        bytes[16 + offset] = UInt8(side >> shift & 0xFF)
        bytes[20 + offset] = UInt8(side >> shift & 0xFF)
      }
      let error = ImagingError.tooLarge(what)
      #expect(throws: error) { try PictureFile(withRightSums(bytes)) }
      #expect(error.hint == "make it smaller, or raise --max-pixels")
    }
    var jpeg = try Fixtures.bytes("baseline420.jpg")
    let frame = try #require(
      jpeg.indices.dropLast().first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
    for (offset, byte) in [0xEA, 0x60, 0xEA, 0x60].enumerated() {
      jpeg[frame + 5 + offset] = UInt8(byte)
    }
    #expect(throws: ImagingError.tooLarge("60000x60000 is more than 89478485 pixels")) {
      try PictureFile(jpeg)
    }
    let small = DecodingOptions(pixelCountMaximum: 19 * 13 - 1)
    #expect(throws: ImagingError.tooLarge("19x13 is more than 246 pixels")) {
      try PictureFile(try Fixtures.bytes("rgb8.png"), small)
    }
    #expect(
      try PictureFile(
        try Fixtures.bytes("rgb8.png"), DecodingOptions(pixelCountMaximum: 19 * 13)
      ).picture.width == 19)
  }

  @Test("a progressive file of a thousand scans is refused")
  func scanBombIsRefused() throws {
    let bytes = try Fixtures.bytes("progressive420.jpg")
    // The first scan, which may come again, a thousand times.
    let start = try #require(
      bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA })
    let end = try #require(
      bytes.indices.dropLast().first { place in
        place > start + 12 && bytes[place] == 0xFF && bytes[place + 1] != 0
      })
    var bomb = Array(bytes[..<end])
    for _ in 0..<1000 { bomb += bytes[start..<end] }
    bomb += bytes[end...]
    let error = ImagingError.tooLarge("has more than 500 scans")
    #expect(throws: error) { try PictureFile(bomb) }
    #expect(error.hint == "save it again as baseline JPEG")
  }

  @Test("what is not a picture is named")
  func otherFilesAreNamed() throws {
    #expect(throws: ImagingError.format(found: "empty")) { try PictureFile([]) }
    #expect(throws: ImagingError.format(found: "text")) { try PictureFile(Array("hello\n".utf8)) }
    #expect(throws: ImagingError.format(found: "a GIF file")) {
      try PictureFile(Array("GIF89a\0\0".utf8))
    }
    #expect(throws: ImagingError.format(found: "a WebP file")) {
      try PictureFile(Array("RIFF1234WEBPVP8 ".utf8))
    }
    #expect(throws: ImagingError.format(found: nil)) { try PictureFile([0, 1, 2, 3]) }
    #expect(
      ImagingError.format(found: "text").description
        == "is text, neither PNG nor JPEG; give a PNG or JPEG picture")
  }
}
