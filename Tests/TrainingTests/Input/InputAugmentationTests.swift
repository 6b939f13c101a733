import Imaging
import Jobs
import Tensors
import Testing
import Training

@Suite("Parts and windows hold what they shall")
struct InputAugmentationTests {
  private func draws(_ sample: Int) -> SampleDraws {
    SampleDraws(seed: 4, epoch: 2, sample: sample, stream: .crops)
  }

  @Test("a part holds the object, or the object holds the part; without one it lies anywhere")
  func partsHoldTheObject() {
    let crop = RandomResizedCrop(size: .init(32), scale: 0.2...0.3, ratio: 1...1)
    let small = Region(x: 61.5, y: 20.2, width: 12.1, height: 9)
    let large = Region(x: 10, y: 5, width: 70, height: 66)
    var places: Set<Int> = []
    for sample in 0..<200 {
      var (first, second, third) = (draws(sample), draws(sample), draws(sample))
      let box = crop.box(width: 100, height: 80, keeping: small, &first)
      #expect(box.x <= 61 && box.x + box.width >= 74 && box.y <= 20 && box.y + box.height >= 30)
      let inner = crop.box(width: 100, height: 80, keeping: large, &second)
      #expect(inner.x >= 10 && inner.x + inner.width <= 80)
      #expect(inner.y >= 5 && inner.y + inner.height <= 71)
      let free = crop.box(width: 100, height: 80, &third)
      places.insert(free.x)
      #expect(free.width == box.width && free.height == box.height)
      #expect(free.x >= 0 && free.x + free.width <= 100)
    }
    #expect(places.contains { $0 < 10 } && places.contains { $0 > 40 })
  }

  @Test("every place that holds the object is as likely as any other")
  func placesAreEven() {
    let crop = RandomResizedCrop(size: .init(8), scale: 0.25...0.25, ratio: 1...1)
    let object = Region(x: 16, y: 4, width: 8, height: 8)
    var counts: [Int: Int] = [:]
    for sample in 0..<9000 {
      var numbers = draws(sample)
      counts[crop.box(width: 32, height: 32, keeping: object, &numbers).x, default: 0] += 1
    }
    // 1000 expected; five standard deviations are 149.
    #expect(counts.keys.sorted() == Array(8...16))
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 149 })
  }

  @Test("boxes outside of the picture, of any size, do no harm")
  func wildBoxesDoNoHarm() {
    let crop = RandomResizedCrop(size: .init(8))
    let far = 1e308
    for object in [
      Region(x: -500, y: 900, width: 10, height: 10), Region(x: far, y: far, width: far, height: 1),
      Region(x: -far, y: 0, width: far, height: far), Region(x: 3, y: 3, width: -9, height: 0),
    ] {
      for sample in 0..<20 {
        var numbers = draws(sample)
        let box = crop.box(width: 40, height: 30, keeping: object, &numbers)
        #expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= 40 && box.y + box.height <= 30)
      }
    }
  }

  @Test("a part that never fits is in the middle, or as near to it as holds the object")
  func centresHoldTheObject() {
    let crop = RandomResizedCrop(size: .init(32), scale: 1...1, ratio: 1...1)
    let starts: [(x: Double?, start: Int)] = [(nil, 80), (5, 5), (320, 80), (600, 150)]
    for (x, start) in starts {
      let object = x.map { Region(x: $0, y: 100, width: 30, height: 20) }
      var numbers = draws(1)
      let box = crop.box(width: 640, height: 480, keeping: object, &numbers)
      #expect([box.x, box.y, box.width, box.height] == [start, 0, 480, 480])
    }
  }

  @Test("a box of another picture leaves it out; one outside of it is as if it were none")
  func boxesArePlaced() async throws {
    let folder = try PictureFolder()
    let names = ["turned", "smaller", "outside", "large"]
    for (number, name) in names.enumerated() { try folder.picture(number, to: "\(name).png") }
    let sizes = [#""width": 14, "height": 20"#, #""width": 20, "height": 13"#, "", ""]
    let far = 1.7e308
    let boxes = [[0, 0, 5, 5], [0, 0, 5, 5], [-far, 0, far, 9], [-9, -9, far, far]]
    let images = names.indices.map { place in
      "{\"id\": \(place), \"file_name\": \"\(names[place]).png\""
        + (sizes[place].isEmpty ? "}" : ", \(sizes[place])}")
    }
    let objects = boxes.enumerated().map { number, box in
      "{\"image_id\": \(number), \"category_id\": \(number % 2), \"bbox\": \(box)}"
    }
    try folder.write(Self.document(images, objects), to: "annotations.json")
    let set = try PictureSet(folder.path, outputFolder: "")
    var augmentation = InputAugmentation(CropAndFlip(RandomResizedCrop(size: .init(12))))
    augmentation.window = RandomCrop(size: .init(8))
    let preset = Preset(name: "plain", fit: .shorter(resize: 12, crop: .init(12)))
    for keeps in [true, false] {
      augmentation.keepsObject = keeps
      let reader = try BatchReader(
        set, Preparation(preset, channels: 3), augmentation: augmentation, threads: 1)
      let batch = try await reader.batch(Array(names.indices))
      #expect(batch.samples == (keeps ? [2, 3] : [0, 1, 2, 3]))
      #expect(
        batch.failures.map(\.what)
          == (keeps ? ["14x20", "20x13"] : []).enumerated().map { place, size in
            "states \(size) for \(folder.path)/\(names[place]).png, which is 20x14"
          })
      #expect(batch.failures.map { $0.hint == nil } == (keeps ? [false, true] : []))
    }
  }

  @Test("the object is where the part has taken it", arguments: [0.0, 1])
  func objectsMoveWithTheirPixels(flip: Double) throws {
    var picture = Picture(width: 60, height: 40, filledWith: .black)
    picture.fill(x: 20, y: 12, width: 10, height: 8, with: .white)
    let crop = RandomResizedCrop(
      size: .init(height: 80, width: 120), scale: 0.3...0.6, interpolation: .nearest)
    let object = Region(x: 20, y: 12, width: 10, height: 8)
    for sample in 0..<30 {
      var numbers = draws(sample)
      let seen = CropAndFlip(crop, flipProbability: flip).apply(
        to: picture, keeping: object, &numbers)
      let place = try #require(seen.object)
      let middle = (Int(place.x + place.width / 2), Int(place.y + place.height / 2))
      #expect(seen.picture[middle.0, middle.1] == .white)
      for x in 0..<120 where seen.picture[x, middle.1] == .white {
        #expect(Double(x) > place.x - 2 && Double(x) < place.x + place.width + 2)
      }
    }
  }

  @Test("windows of a data set hold its objects, whatever the threads")
  func windowsHoldTheObject() async throws {
    let folder = try PictureFolder()
    let count = 12
    let boxes = (0..<count).map { (x: 3 * $0, y: 35 - 2 * $0) }
    for (number, box) in boxes.enumerated() {
      var picture = Picture(width: 48, height: 48, filledWith: .black)
      picture.fill(x: box.x, y: box.y, width: 6, height: 7, with: .white)
      try folder.write(picture.png(), to: "\(number).png")
    }
    try folder.write(Self.annotations(boxes), to: "annotations.json")
    let set = try PictureSet(folder.path, outputFolder: "")
    let preset = Preset(
      name: "plain", fit: .shorter(resize: 48, crop: .init(48)), mean: [0, 0, 0], std: [1, 1, 1])
    var augmentation = InputAugmentation(
      CropAndFlip(RandomResizedCrop(size: .init(48), scale: 1...1, ratio: 1...1)))
    augmentation.window = RandomCrop(size: .init(height: 16, width: 12))
    augmentation.colors.inversionProbability = 0.5
    augmentation.keepsObject = true
    let readers = try [1, 3].map { threads in
      try BatchReader(
        set, Preparation(preset, channels: 3), augmentation: augmentation, seed: 9,
        threads: threads)
    }
    for epoch in 0..<5 {
      let places = Array(0..<count)
      let batch = try await readers[0].batch(places, epoch: epoch)
      #expect(batch.images.map(\.shape) == [Shape](repeating: [3, 16, 12], count: count))
      let other = try await readers[1].batch(places, epoch: epoch)
      #expect(batch.images.hasSameBits(as: other.images))
      for row in places {
        let values = batch.images[row].elements.prefix(16 * 12)
        let whites = values.count { $0 > 0.5 }
        #expect(whites == 6 * 7 || whites == 16 * 12 - 6 * 7, "\(row) in epoch \(epoch)")
      }
    }
  }

  /// One object in each picture, of two classes in turn.
  private static func annotations(_ boxes: [(x: Int, y: Int)]) -> String {
    let images = boxes.indices.map { "{\"id\": \($0), \"file_name\": \"\($0).png\"}" }
    let objects = boxes.enumerated().map { number, box in
      "{\"id\": \(number), \"image_id\": \(number), \"category_id\": \(number % 2), "
        + "\"bbox\": [\(box.x), \(box.y), 6, 7]}"
    }
    return document(images, objects)
  }

  private static func document(_ images: [String], _ objects: [String]) -> String {
    "{\"images\": [\(images.joined(separator: ", "))], "
      + "\"annotations\": [\(objects.joined(separator: ", "))], "
      + "\"categories\": [{\"id\": 0, \"name\": \"a\"}, {\"id\": 1, \"name\": \"b\"}]}"
  }
}
