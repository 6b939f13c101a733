import Imaging
import Testing

@Suite("Codecs")
struct CodecTests {
  @Test("what is written as PNG is read back")
  func pngRoundTrip() throws {
    let picture = Picture(width: 2, height: 1, bytes: [1, 2, 3, 250, 251, 252])
    #expect(try PictureFile(picture.png()).picture == picture)
  }
}
