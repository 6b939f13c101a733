import Imaging
import Tensors
import Testing

@Suite("Presets")
struct PresetTests {
  private func littleEndian(_ values: [Float]) -> [UInt8] {
    values.flatMap { value in (0..<4).map { UInt8(value.bitPattern >> ($0 * 8) & 0xFF) } }
  }

  @Test("torchvision's presets give its bytes and its floats, to the last bit")
  func presetsEqualTorchvision() throws {
    let cases = try Fixtures.load().presets
    #expect(cases.count == 24)
    for entry in cases {
      let source = noise(width: entry.from[0], height: entry.from[1], seed: entry.seed)
      let prepared = try Preset(named: entry.name).apply(to: source)
      #expect(crc32(prepared.picture.bytes) == entry.bytes, "\(entry.name) \(entry.from)")
      #expect(crc32(littleEndian(prepared.input.elements)) == entry.input, "\(entry.name)")
    }
  }

  @Test("115 weights have 28 recipes, under three names")
  func weightsAreKnown() throws {
    let names = Preset.allNames.filter { !Preset.names.contains($0) }
    #expect(names.count == 115 && Set(names).count == 115)
    var recipes: Set<Preset> = []
    for name in names {
      var preset = try Preset(named: name)
      #expect(try Preset(named: preset.name.uppercased()) == preset)
      preset.name = ""
      recipes.insert(preset)
    }
    #expect(recipes.count == 28)
    let second = try Preset(named: "ResNet50_Weights.IMAGENET1K_V2")
    #expect(second.fit == .shorter(resize: 232, crop: .init(224)))
    #expect(try Preset(named: "resnet50-v2") == second)
    #expect(try Preset(named: "resnet50") == second)
    #expect(try Preset(named: "resnet50_weights.default") == second)
    #expect(
      throws: ImagingError.unknownPreset("resnet50-v9", nearest: ["resnet50-v1", "resnet50-v2"])
    ) {
      try Preset(named: "resnet50-v9")
    }
    #expect(throws: ImagingError.unknownPreset("imagnet", nearest: ["imagenet"])) {
      try Preset(named: "imagnet")
    }
  }

  @Test("the arithmetic of the other presets")
  func valuesOfNamedPresets() throws {
    let picture = Picture(width: 224, height: 224, filledWith: Color(10, 20, 255))
    func firsts(_ name: String) throws -> [Float] {
      let input = try Preset(named: name).apply(to: picture).input
      #expect(input.shape == [3, 224, 224])
      return [input[0], input[224 * 224], input[2 * 224 * 224]]
    }
    #expect(try firsts("caffe") == [255 - 103.939, 20 - 116.779, 10 - 123.68])
    #expect(try firsts("tf") == [10 / 127.5 - 1, 20 / 127.5 - 1, 1])
    #expect(try firsts("torchray") == [10 - 123.68, 20 - 116.779, 255 - 103.939])
    #expect(try firsts("squash224") == firsts("imagenet"))
    #expect(try Preset(named: "imagenet").exif == .ignore)
    #expect(try Preset(named: "squash224").exif == .apply)
  }

  @Test("the region says which part of the original the network saw")
  func regions() throws {
    let picture = noise(width: 500, height: 375, seed: 1)
    // 500x375 becomes 341x256; the crop begins at column 58 (58.5 to even) and row 16.
    let region = try Preset.imagenet.apply(to: picture).region
    #expect(region.x == 58 * (500.0 / 341) && region.y == 16 * (375.0 / 256))
    #expect(region.width == 224 * (500.0 / 341) && region.height == 224 * (375.0 / 256))
    #expect(try Preset(named: "squash224").apply(to: picture).region == Region(of: picture))
    let ray = try Preset(named: "torchray").apply(to: picture)
    #expect(ray.input.shape == [3, 224, 298] && ray.region == Region(of: picture))
    let box = try Preset(named: "letterbox").apply(to: picture)
    #expect(box.input.shape == [3, 224, 224])
    #expect(box.region.values == [0, -28 * (375.0 / 168), 500, 500])
    // The bars are the mean colour, the input there is nearly 0.
    #expect(box.picture[0, 0] == Color(124, 116, 104) && abs(box.input[0]) < 0.01)
  }

  @Test("one channel is the luma, normalised with the mean of the means")
  func grayNetworks() throws {
    let picture = noise(width: 300, height: 256, seed: 2)
    let prepared = try Preset.imagenet.apply(to: picture, channels: 1)
    #expect(prepared.input.shape == [1, 224, 224])
    let luma = GrayPicture(luma: picture).values[16 * 300 + 38]
    let expected = (Float(luma) / 255 - Float(0.449)) / Float(0.226)
    #expect(abs(prepared.input[0] - expected) < 1e-6)
  }

  @Test("an input of the preset becomes its pixels again")
  func inputsBecomePictures() throws {
    for name in ["imagenet", "caffe", "tf", "torchray", "vgg16-features", "efficientnet_v2_l"] {
      let preset = try Preset(named: name)
      let prepared = try preset.apply(to: noise(width: 256, height: 256, seed: 9))
      #expect(try preset.picture(of: prepared.input) == prepared.picture, "\(name)")
    }
    let broken = HostTensor<Float>([1, 1, 3], [.nan, .infinity, -.infinity])
    #expect(try Preset.imagenet.picture(of: broken).bytes == [0, 0, 0, 255, 255, 255, 0, 0, 0])
  }

  @Test("a size of its own scales the resize in proportion")
  func sizes() throws {
    #expect(try Preset.imagenet.sized(.init(299)).fit == .shorter(resize: 342, crop: .init(299)))
    let wide = try Preset.imagenet.sized(.init(height: 100, width: 200))
    #expect(wide.outputSize == Preset.Size(height: 100, width: 200))
    #expect(try wide.apply(to: noise(width: 90, height: 50, seed: 1)).input.shape == [3, 100, 200])
    #expect(try Preset(named: "squash224").sized(.init(64)).fit == .exact(.init(64), crop: nil))
    #expect(try Preset.size("224") == .init(224))
    #expect(try Preset.size("224x320") == .init(height: 224, width: 320))
    for text in ["", "x", "0", "-1", "1x2x3", "99999999999999999999", "20000", "22x", "a"] {
      #expect(throws: ImagingError.self, "\(text)") { try Preset.size(text) }
    }
    #expect(try Preset.numbers("0.5, 0.25,1", "mean") == [0.5, 0.25, 1])
    for text in ["", "1,2", "a", "nan", "inf", "0"] {
      #expect(throws: ImagingError.self, "\(text)") { try Preset.numbers(text, "std") }
    }
    #expect(throws: ImagingError.self) {
      try Preset(named: "torchray").sized(.init(height: 1, width: 2))
    }
  }

  @Test("a picture too narrow to resize is an error, not an allocation")
  func narrowPictures() throws {
    let line = Picture(width: 65_535, height: 1, filledWith: .white)
    #expect(
      throws: ImagingError.size("65535x1 would become 16776960x256, too narrow to resize")
    ) {
      try Preset.imagenet.apply(to: line)
    }
    #expect(try Preset(named: "letterbox").apply(to: line).input.shape == [3, 224, 224])
    let dot = Picture(width: 1, height: 1, filledWith: .white)
    for name in Preset.names {
      let side = name == "scenes" ? 128 : 224
      #expect(try Preset(named: name).apply(to: dot).input.shape == [3, side, side], "\(name)")
    }
  }
}
