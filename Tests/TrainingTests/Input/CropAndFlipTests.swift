import Imaging
import Testing
import Training

@Suite("Crops and flips are torchvision's")
struct CropAndFlipTests {
  @Test("36 crops have torchvision's boxes and bytes")
  func cropsEqualTorchvision() throws {
    let fixtures = try CropFixtures.load()
    #expect(fixtures.cases.count == 36)
    for (number, entry) in fixtures.cases.enumerated() {
      let picture = try CropFixtures.picture(entry.picture)
      let crop = RandomResizedCrop(
        size: .init(height: entry.size[0], width: entry.size[1]),
        scale: entry.scale[0]...entry.scale[1], ratio: entry.ratio[0]...entry.ratio[1])
      var draws = SampleDraws(
        seed: entry.seed, epoch: entry.epoch, sample: entry.sample, stream: .crops)
      var second = draws
      #expect((draws.unit() < 0.5) == entry.flips, "case \(number)")
      let box = crop.box(width: picture.width, height: picture.height, &draws)
      #expect([box.x, box.y, box.width, box.height] == entry.box, "case \(number)")
      let result = CropAndFlip(crop).apply(to: picture, &second).picture
      #expect(result.bytes == entry.bytes, "case \(number)")
    }
    #expect(Set(fixtures.cases.map(\.box)).count > 15)
  }

  @Test("results are normalised as torchvision does it")
  func inputsEqualTorchvision() throws {
    let fixtures = try CropFixtures.load()
    #expect(fixtures.inputs.count == 2)
    for (entry, expected) in zip(fixtures.cases, fixtures.inputs) {
      let picture = Picture(width: entry.size[1], height: entry.size[0], bytes: entry.bytes)
      let input = try Preset.imagenet.input(of: picture)
      #expect(input.shape.extents == [3] + entry.size)
      #expect(input.elements == expected)
    }
  }

  @Test("every box lies inside of the picture, however narrow that is")
  func boxesStayInside() {
    let ratios: [ClosedRange<Double>] = [0.75...4 / 3, 5...6, 0.1...0.2]
    for (width, height) in [(1, 1), (1, 500), (500, 1), (3, 2), (640, 480)] {
      for ratio in ratios {
        let crop = RandomResizedCrop(size: .init(8), ratio: ratio)
        for sample in 0..<50 {
          var draws = SampleDraws(seed: 1, epoch: 0, sample: sample, stream: .crops)
          let box = crop.box(width: width, height: height, &draws)
          #expect(box.x >= 0 && box.y >= 0 && box.width > 0 && box.height > 0)
          #expect(box.x + box.width <= width && box.y + box.height <= height)
        }
      }
    }
  }

  @Test("a grey network gets the luma of the part")
  func greyInputsAreLuma() throws {
    let picture = try CropFixtures.picture("rgb8.png")
    var preset = Preset.imagenet
    (preset.mean, preset.std) = ([0], [1])
    let input = try preset.input(of: picture, channels: 1)
    #expect(input.shape == [1, 13, 19])
    #expect(input.elements == GrayPicture(luma: picture).values.map { Float($0) / 255 })
  }
}
