import FoundationEssentials
import Imaging
import Tensors
import Testing

@Suite("Maps are drawn")
struct DisplayTests {
  private let picture = Picture(width: 4, height: 2, filledWith: Color(100, 150, 200))

  @Test("the colour tables are OpenCV's")
  func tables() throws {
    let bytes = try Fixtures.bytes("colormaps.json")
    let truth = try JSONDecoder().decode([String: [[UInt8]]].self, from: Data(bytes))
    #expect(Set(truth.keys) == Set(ColorMap.allCases.map(\.rawValue)))
    for map in ColorMap.allCases {
      let colors = map.colors
      #expect(colors.count == 256)
      for (place, rgb) in try #require(truth[map.rawValue]).enumerated() {
        #expect(colors[15 * place] == Color(rgb[0], rgb[1], rgb[2]), "\(map) \(15 * place)")
      }
    }
  }

  @Test("jet is its formula in all 256 entries")
  func jet() {
    for (i, color) in ColorMap.jet.colors.enumerated() {
      let red = i <= 95 ? 0 : i <= 159 ? 2 + 4 * (i - 96) : i <= 223 ? 255 : 252 - 4 * (i - 224)
      let green =
        i <= 32
        ? 4 * 0 : i <= 95 ? 4 * (i - 32) : i <= 159 ? 255 : i <= 222 ? 252 - 4 * (i - 160) : 0
      let blue =
        i <= 31
        ? 128 + 4 * i : i <= 95 ? 255 : i <= 158 ? 254 - 4 * (i - 96) : i == 159 ? 1 : 0
      #expect(color == Color(UInt8(red), UInt8(green), UInt8(blue)), "\(i)")
    }
  }

  @Test(
    "without evidence the default leaves the picture untouched; 70 % of the heat with all of it")
  func opacity() {
    let map = SaliencyMap(width: 4, height: 2, values: [0, 0, 0, 0, 1, 1, 1, 1])
    let drawn = Overlay().draw(map, on: picture, region: Region(of: picture))
    #expect(drawn[0, 0] == Color(100, 150, 200))
    // Inferno ends at (252, 255, 164): 0.3 * (100, 150, 200) + 0.7 * that.
    #expect(drawn[3, 1] == Color(206, 224, 175))
  }

  @Test("the published styles, by hand")
  func styles() {
    let map = SaliencyMap(width: 4, height: 2, values: [0, 0, 0, 0, 1, 1, 1, 1])
    func ends(_ style: Overlay.Style) -> [Color] {
      let drawn = Overlay(style).draw(map, on: picture, region: Region(of: picture))
      return [drawn[0, 0], drawn[0, 1]]
    }
    // Jet runs from (0, 0, 128) to (128, 0, 0).
    #expect(ends(.blog) == [Color(60, 90, 171), Color(111, 90, 120)])
    #expect(ends(.blend) == [Color(60, 90, 122), Color(161, 192, 186)])
    #expect(ends(.groupCAM) == [Color(100, 150, 200), Color(255, 0, 0)])
    // The sums are (50, 75, 164) and (114, 75, 100); the largest is 164.
    #expect(ends(.library) == [Color(77, 116, 255), Color(177, 116, 155)])
    #expect(ends(.torch7) == [Color(0, 0, 255), Color(255, 0, 0)])
  }

  @Test("pixels outside of the region are untouched, and the map lies where the network looked")
  func region() {
    let wide = Picture(width: 10, height: 4, filledWith: .white)
    let map = SaliencyMap(width: 2, height: 2, values: [1, 1, 1, 1])
    let drawn = Overlay(.torch7).draw(
      map, on: wide, region: Region(x: 3, y: 1, width: 4, height: 2))
    for y in 0..<4 {
      for x in 0..<10 {
        let isInside = (3..<7).contains(x) && (1..<3).contains(y)
        #expect(drawn[x, y] == (isInside ? Color(255, 0, 0) : .white), "\(x) \(y)")
      }
    }
    let outside = Overlay().draw(map, on: wide, region: Region(x: 50, y: 0, width: 4, height: 2))
    #expect(outside == wide)
    let around = Overlay(.torch7).draw(
      map, on: wide, region: Region(x: -3, y: -3, width: 40, height: 40))
    #expect(around == Picture(width: 10, height: 4, filledWith: Color(255, 0, 0)))
  }

  @Test("the longer side is bounded, and never made longer")
  func sizes() {
    let large = Picture(width: 300, height: 100, filledWith: .white)
    let map = SaliencyMap(width: 1, height: 1, values: [0.5])
    func size(_ maximum: Int?) -> [Int] {
      let drawn = Overlay(sideMaximum: maximum).draw(map, on: large, region: Region(of: large))
      return [drawn.width, drawn.height]
    }
    #expect(size(30) == [30, 10])
    #expect(size(1024) == [300, 100])
    #expect(size(nil) == [300, 100])
    #expect(size(1) == [1, 1])
  }

  @Test("values that are not numbers or out of range are drawn, not a crash")
  func oddValues() {
    let map = SaliencyMap(width: 4, height: 1, values: [.nan, .infinity, -.infinity, 9])
    for style in Overlay.Style.allCases {
      let drawn = Overlay(style).draw(map, on: picture, region: Region(of: picture))
      #expect(drawn.width == 4)
    }
    let odd = Overlay().draw(
      map, on: picture, region: Region(x: .nan, y: 0, width: .infinity, height: 1))
    #expect(odd == picture)
    #expect(map.normalised.values == [0, 0, 0, 0])
    #expect(
      SaliencyMap(width: 3, height: 1, values: [-1, 0, 3]).normalised.values == [0, 0.25, 1])
  }

  @Test("gradients are displayed as PAIR and pytorch-grad-cam do")
  func gradients() throws {
    let values: [Float] = (0..<101).map { Float($0) - 50 }
    let line = HostTensor([1, 1, 101], values)
    // Magnitudes 0...50, each but 0 twice: the 99th percentile is 49.
    let grey = try GradientDisplay.grey99.picture(of: line)
    #expect(grey[50, 0] == .black && grey[0, 0] == .white && grey[100, 0] == .white)
    #expect(grey[75, 0] == Color(gray: UInt8(255.0 * 25 / 50)))
    // The 99th percentile of -50...50 is 49.
    let signed = try GradientDisplay.signed99.picture(of: line)
    #expect(signed[0, 0] == .black && signed[100, 0] == .white && signed[50, 0] == Color(gray: 127))
    let three = HostTensor<Float>([3, 1, 2], [1, 1, 1, 1, 4, 4])
    // Mean 2, deviation sqrt(2): 0.1 * (-1 / 1.41422) + 0.5 and 0.1 * (2 / 1.41422) + 0.5.
    #expect(try GradientDisplay.deprocess.picture(of: three)[0, 0] == Color(109, 109, 163))
    #expect(throws: ImagingError.self) {
      try GradientDisplay.grey99.picture(of: HostTensor([2, 1, 1], [0, 0]))
    }
    // The whole range, and not its 99th percentile.
    let full = try #require(GradientDisplay.groupCAM.values(of: line)).values
    #expect(full[0] == 1 && full[100] == 1 && full[50] == 0 && full[99] == Float(49) / 50)
    #expect(GradientDisplay.deprocess.values(of: line) == nil)
    // Fewer than one in a hundred are not zero: they are shown.
    let lone = HostTensor([1, 1, 1000], (0..<1000).map { $0 == 7 ? Float(2) : 0 })
    #expect(GradientDisplay.grey99.values(of: lone)?.values[7] == 1)
    let flat = HostTensor<Float>([3, 1, 1], [0, 0, 0])
    #expect(try GradientDisplay.grey99.picture(of: flat)[0, 0] == .black)
    #expect(try GradientDisplay.signed99.picture(of: flat)[0, 0] == Color(gray: 127))
  }

  @Test("an accent is added to its letter, and g reaches below the line")
  func accents() {
    let drawn = { (letter: String) -> Set<Int> in
      var page = Picture(width: 6, height: 14, filledWith: .white)
      page.write(letter, x: 0, y: 4)
      return Set((0..<84).filter { page[$0 % 6, $0 / 6] != .white })
    }
    for (letter, base) in [("\u{FC}", "u"), ("\u{C9}", "E"), ("\u{E7}", "c"), ("\u{F1}", "n")] {
      #expect(drawn(letter).isStrictSuperset(of: drawn(base)), "\(letter)")
    }
    #expect(drawn("\u{FC}").subtracting(drawn("u")) == [4 * 6 + 1, 4 * 6 + 3])
    for letter in ["g", "j", "p", "q", "y"] {
      #expect(drawn(letter).contains { $0 / 6 == 12 }, "\(letter)")
    }
  }

  @Test("letters differ, stay inside, and a legend carries its numbers")
  func text() {
    var seen: Set<Picture> = []
    for value in Array(UInt8(0x20)...0x7E) + Array(0xC0...0xFF) {
      var page = Picture(width: 6, height: 14, filledWith: .white)
      page.write(String(Unicode.Scalar(value)), x: 0, y: 4)
      #expect((0..<14).allSatisfy { page[5, $0] == .white }, "\(value)")
      #expect((0..<6).allSatisfy { page[$0, 0] == .white && page[$0, 13] == .white }, "\(value)")
      seen.insert(page)
    }
    #expect(seen.count == 95 + 64)
    var page = Picture(width: 20, height: 10, filledWith: .white)
    page.write("wide text\u{1F600}", x: -7, y: -3, scale: 2)
    page.fill(x: -5, y: -5, width: 100, height: 6, with: .black)
    page.paste(Picture(width: 3, height: 3, filledWith: .black), x: 18, y: 8)
    #expect(page[0, 0] == .black && page[19, 9] == .black)
    #expect(Picture.shortened("abcdefgh", width: 36) == "abcd..")
    #expect(Picture.shortened("abc", width: 36) == "abc")
    let bar = ColorBar(.viridis, low: -1, high: 1e9).picture(width: 120)
    #expect(bar.width == 120 && bar.height == 22)
    #expect(bar[0, 0] == ColorMap.viridis.colors[0] && bar[119, 9] == ColorMap.viridis.colors[255])
    #expect((0..<120).contains { bar[$0, 16] == .black })
    for width in 1...40 {
      #expect(ColorBar(.jet, low: .nan, high: .infinity).picture(width: width).width == width)
    }
  }
}
