import Imaging
import Testing

@Suite("Files are decoded as Pillow decodes them")
struct CodecTests {
  @Test("every kind of PNG and JPEG gives Pillow's bytes")
  func filesEqualPillow() throws {
    let files = try Fixtures.load().files
    #expect(files.count == 41)
    for file in files {
      let bytes = try Fixtures.bytes(file.name)
      let decoded = try PictureFile(bytes)
      #expect(decoded.picture.width == file.width, "\(file.name)")
      #expect(decoded.picture.height == file.height, "\(file.name)")
      #expect(crc32(decoded.picture.bytes) == file.drop, "\(file.name)")
      if let raw = file.raw { #expect(decoded.picture.bytes == raw, "\(file.name)") }
      let white = try PictureFile(bytes, DecodingOptions(alpha: .white))
      #expect(crc32(white.picture.bytes) == file.white, "\(file.name) on white")
      let black = try PictureFile(bytes, DecodingOptions(alpha: .black))
      #expect(crc32(black.picture.bytes) == file.black, "\(file.name) on black")
    }
  }

  @Test("orientation is reported, and applied only when asked for")
  func orientationIsApplied() throws {
    let files = try Fixtures.load().files
    #expect(Set(files.map(\.orientation)) == Set(1...8))
    for file in files {
      let decoded = try PictureFile(
        try Fixtures.bytes(file.name), DecodingOptions(exif: .apply))
      #expect(decoded.orientation.rawValue == file.orientation, "\(file.name)")
      let swaps = decoded.orientation.swapsSides
      #expect(decoded.picture.width == (swaps ? file.height : file.width), "\(file.name)")
      // The JPEG case was encoded once more to be turned; PNG is exact.
      if file.name.hasSuffix(".png") {
        #expect(crc32(decoded.picture.bytes) == file.upright, "\(file.name)")
      }
    }
  }

  @Test("gamma is ignored, 16-bit grey is the upper byte, a profile is a note")
  func factsAreReported() throws {
    let gamma = try PictureFile(try Fixtures.bytes("gamma.png"))
    #expect(gamma.picture.bytes == [10, 70, 130, 190].flatMap { [$0, $0, $0] })
    let deep = try PictureFile(try Fixtures.bytes("grey16.png"))
    #expect(deep.bitDepth == 16 && deep.channels == 1 && deep.format == .png)
    #expect(deep.notes == ["16 bits a channel: the upper 8 are used"])
    let profile = try PictureFile(try Fixtures.bytes("profile.png"))
    #expect(profile.notes == ["its colour profile is not applied"])
    #expect(try PictureFile(try Fixtures.bytes("ycck.jpg")).channels == 4)
  }

  @Test("what is written as PNG is read back, and JPEG is Pillow's quality 90")
  func writtenFilesAreRead() throws {
    let picture = noise(width: 40, height: 30, seed: 5)
    for compression in [0, 1, 6, 9] {
      #expect(try PictureFile(picture.png(compression: compression)).picture == picture)
    }
    let jpeg = try PictureFile(picture.encoded(as: .jpeg))
    #expect(crc32(jpeg.picture.bytes) == (try Fixtures.load().jpeg90))
    let mask = GrayPicture(width: 3, height: 2, values: [0, 1, 2, 253, 254, 255])
    let read = try PictureFile(mask.png())
    #expect(read.channels == 1 && read.picture == Picture(mask))
    #expect(GrayPicture(luma: read.picture) == mask)
    let long = Picture(width: 65_501, height: 1, filledWith: .white)
    #expect(throws: ImagingError.self) { try long.jpeg() }
    #expect(try PictureFile(long.png()).picture == long)
  }

  @Test("grey is Pillow's convert(L)")
  func lumaEqualsPillow() throws {
    let gray = GrayPicture(luma: noise(width: 31, height: 7, seed: 21))
    #expect(crc32(gray.values) == (try Fixtures.load().luma))
  }
}
