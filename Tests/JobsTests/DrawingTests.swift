import Imaging
import Jobs
import Saliency
import Tensors
import Testing

@Suite struct DrawingTests {
  /// The definition, pixel by pixel: x·B + blur(x)·(1 - B), B = 1 where S >= mean(S).
  func blend(_ image: HostTensor<Float>, _ map: [Float], size: Int) -> [Float] {
    let side = image.shape[1]
    let radius = min(25, side - 1)
    let weights = (-radius...radius).map { exponential(-Double($0 * $0) / 5000) }
    let total = weights.reduce(0, +)
    let mean = map.reduce(0.0) { $0 + Double($1) } / Double(map.count)
    let mirrored = { (place: Int) in
      place < 0 ? -place : place >= side ? 2 * (side - 1) - place : place
    }
    return (0..<side * side).map { place in
      guard Double(map[place]) < mean else { return image[place] }
      var sum = 0.0
      for (row, first) in weights.enumerated() {
        for (column, second) in weights.enumerated() {
          let y = mirrored(place / side + row - radius)
          let x = mirrored(place % side + column - radius)
          sum += first * second * Double(image[y * side + x])
        }
      }
      return Float(sum / total / total)
    }
  }

  /// exp by its series; no library is needed for so small numbers.
  func exponential(_ value: Double) -> Double {
    (1...30).reversed().reduce(1) { 1 + value / Double($1) * $0 }
  }

  @Test(arguments: [8, 30])
  func aBlendKeepsTheEvidenceAndBlursTheRest(_ side: Int) {
    let values = (0..<side * side).map { Float(($0 * 37) % 23) / 11 - 1 }
    let map = (0..<side * side).map { Float(($0 * 13) % 7) / 6 }
    let image = HostTensor([1, side, side], values)
    let found = Blend.image(image, HostTensor([side, side], map))
    for (value, expected) in zip(found.elements, blend(image, map, size: side)) {
      #expect(abs(value - expected) < 1e-5)
    }
  }

  @Test func anEmptyMapKeepsEverything() {
    let image = HostTensor([3, 4, 4], (0..<48).map { Float($0) })
    #expect(Blend.image(image, HostTensor([4, 4], [Float](repeating: 0, count: 16))) == image)
  }

  @Test func mapsAreShownBetweenZeroAndOne() throws {
    let inside = HostTensor([2, 2], [0, 0.25, 0.5, 0.75] as [Float])
    #expect(Drawing.shown(inside)?.values == inside.elements)
    // Beyond 1: between minimum and maximum.
    #expect(Drawing.shown(HostTensor([2, 2], [2, 4, 3, 6]))?.values == [0, 0.5, 0.25, 1])
    // Both signs: magnitudes, up to their 99th percentile.
    let signed = try #require(Drawing.shown(HostTensor([1, 4], [-2, 0, 1, 2])))
    #expect(signed.values == [1, 0, 0.5, 1])
    // Three channels: magnitudes add up.
    let channels = HostTensor([3, 1, 2], [1, -1, 1, 0, 0, 0] as [Float])
    #expect(Drawing.shown(channels)?.values == [1, 0])
  }

  @Test func gradientsAreShownAsTheirMethodSays() throws {
    let picture = Picture(width: 4, height: 1, filledWith: Color(gray: 100))
    let view = PictureView(picture, region: Region(of: picture), sideMaximum: 100)
    // Far below 1, and shown from minimum to maximum all the same.
    let small = HostTensor([1, 4], [0, 0.001, 0.002, 0.002] as [Float])
    let drawn = Drawing().overlay(small, of: try VanillaGradient(), on: view)
    #expect(drawn[0, 0] == Color(gray: 100) && drawn[3, 0] == drawn[2, 0])
    #expect(drawn[2, 0] == Drawing().overlay(HostTensor([1, 4], [0, 0, 1, 1]), on: view)[2, 0])
    #expect(Drawing().overlay(small, of: try GradCAM(), on: view)[2, 0] != drawn[2, 0])
    // Colours take the place of the picture, within the region.
    let part = PictureView(
      picture, region: Region(x: 1, y: 0, width: 2, height: 1), sideMaximum: 100)
    let colours = HostTensor([3, 1, 2], [1, 1, 1, 1, 4, 4] as [Float])
    let method = try GuidedBackprop(settings: ["display": "deprocess"])
    #expect(method.isDrawnAtOnce && method.gradientDisplay == .deprocess)
    let over = Drawing().overlay(colours, of: method, on: part)
    #expect(over[0, 0] == Color(gray: 100) && over[1, 0] == Color(109, 109, 163))
    #expect(over[2, 0] == Color(109, 109, 163) && over[3, 0] == Color(gray: 100))
    // A signed sum is drawn from its colours, which may cancel.
    #expect(try IntegratedGradients().isDrawnAtOnce && !VanillaGradient().isDrawnAtOnce)
  }

  @Test func evidenceWithAnOffsetIsShownFromItsLeastToItsMost() throws {
    let picture = Picture(width: 3, height: 1, filledWith: Color(gray: 100))
    let view = PictureView(picture, region: Region(of: picture), sideMaximum: 100)
    let expected = Drawing().overlay(HostTensor([1, 3], [0, 0.5, 1]), on: view)
    let spans: [any Explainer] = [try RISE(), try Occlusion(), try XRAI()]
    for method in spans {
      // A target against a class makes every score of RISE negative.
      for offset: Float in [-8, -0.25, 0, 0.25] {
        let map = HostTensor([1, 3], [offset, offset + 0.125, offset + 0.25])
        #expect(Drawing().overlay(map, of: method, on: view) == expected)
      }
    }
    let signed = HostTensor([1, 3], [-9, 0, 2] as [Float])
    let positive = Drawing().overlay(HostTensor([1, 3], [0, 0, 1]), on: view)
    #expect(Drawing().overlay(signed, of: try TSGB(), on: view) == positive)
  }

  @Test func anOverlayCoversTheRegionOnly() {
    let picture = Picture(width: 8, height: 4, filledWith: Color(gray: 100))
    let region = Region(x: 2, y: 0, width: 4, height: 4)
    let view = PictureView(picture, region: region, sideMaximum: 100)
    let overlay = Drawing().overlay(HostTensor([2, 2], [1, 1, 1, 1]), on: view)
    for x in 0..<8 {
      #expect((overlay[x, 1] == Color(gray: 100)) == !(2..<6).contains(x))
    }
    let smaller = PictureView(picture, region: region, sideMaximum: 4)
    #expect((smaller.picture.width, smaller.picture.height) == (4, 2))
    #expect(smaller.region == Region(x: 1, y: 0, width: 2, height: 2))
  }

  @Test func blackAndWhiteAreWhatThePresetMakesOfThem() throws {
    for name in Preset.names {
      let preset = try Preset(named: name)
      let preparation = Preparation(preset, channels: 3)
      for (color, level) in [
        (Color.black, preparation.blackLevel), (Color(gray: 255), preparation.whiteLevel),
      ] {
        let flat = Picture(width: 300, height: 300, filledWith: color)
        let image = try preset.apply(to: flat).input
        let plane = image.elements.count / 3
        #expect(
          (0..<3).map { image[$0 * plane + plane / 2] } == (0..<3).map { level[$0 % level.count] })
      }
    }
  }
}
