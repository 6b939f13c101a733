import Imaging
import Testing

@Suite("Resizing is Pillow's")
struct ResizingTests {
  @Test("150 random resizes equal Pillow's bytes in both pass orders")
  func resizesEqualPillow() throws {
    let cases = try Fixtures.load().resizes
    #expect(cases.count == 150)
    var different = 0
    for entry in cases {
      let source = noise(width: entry.from[0], height: entry.from[1], seed: entry.seed)
      let filter = try #require(Interpolation(rawValue: entry.filter))
      let new = source.resized(width: entry.to[0], height: entry.to[1], filter)
      let old = source.resized(width: entry.to[0], height: entry.to[1], filter, order: .pillow12)
      #expect(crc32(new.bytes) == entry.pillow13, "seed \(entry.seed)")
      #expect(crc32(old.bytes) == entry.pillow12, "seed \(entry.seed)")
      if new != old { different += 1 }
    }
    #expect(different > 10)
  }

  @Test("cropping beyond the edge pads with black, as torchvision does")
  func cropsEqualTorchvision() throws {
    let preset = Preset(
      name: "x", fit: .exact(.init(height: 7, width: 11), crop: .init(height: 10, width: 14)))
    let prepared = try preset.apply(to: noise(width: 11, height: 7, seed: 3))
    #expect(crc32(prepared.picture.bytes) == (try Fixtures.load().crop))
    #expect(prepared.region.values == [-1, -1, 14, 10])
  }

  @Test("a constant picture stays constant at every size")
  func constantStaysConstant() {
    let picture = Picture(width: 5, height: 9, filledWith: Color(1, 128, 255))
    for filter in Interpolation.allCases {
      for (width, height) in [(1, 1), (2, 30), (64, 3), (5, 9)] {
        let resized = picture.resized(width: width, height: height, filter)
        #expect(resized == Picture(width: width, height: height, filledWith: Color(1, 128, 255)))
      }
    }
  }
}
