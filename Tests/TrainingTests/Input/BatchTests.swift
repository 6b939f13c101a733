import Imaging
import Jobs
import Tensors
import Testing
import Training

@Suite("Batches follow from seed, epoch and place")
struct BatchTests {
  private let preset = Preset(name: "small", fit: .shorter(resize: 12, crop: .init(8)))

  private func reader(
    _ folder: PictureFolder, seed: UInt64 = 3, threads: Int = 1, augments: Bool = true
  ) throws -> BatchReader {
    let set = try PictureSet(folder.path, outputFolder: "")
    return try BatchReader(
      set, Preparation(preset, channels: 3),
      augmentation: augments
        ? InputAugmentation(CropAndFlip(RandomResizedCrop(size: .init(8)))) : nil, seed: seed,
      threads: threads)
  }

  @Test("the number of threads, and who is read with whom, changes no bit", arguments: [2, 3, 16])
  func threadsChangeNothing(threads: Int) async throws {
    let folder = try PictureFolder.classes(12)
    let (one, many) = (try reader(folder), try reader(folder, threads: threads))
    for places in BatchOrder(sampleCount: 24, batchSize: 7, seed: 3).batches(epoch: 1) {
      let (first, second) = (
        try await one.batch(places, epoch: 1), try await many.batch(places, epoch: 1)
      )
      #expect(first.images.hasSameBits(as: second.images))
      #expect(first.labels == second.labels && first.samples == places)
      #expect(first.labels == places.map { $0 < 12 ? 0 : 1 })
      let alone = try await one.batch([places[0]], epoch: 1)
      #expect(alone.images.hasSameBits(as: [first.images[0]]))
    }
  }

  @Test("another seed or epoch gives other parts, without augmentation there is one input")
  func keysDecide() async throws {
    let folder = try PictureFolder.classes(2)
    let places = [0, 1, 2, 3]
    let first = try await reader(folder).batch(places, epoch: 0).images
    #expect(try await reader(folder).batch(places, epoch: 0).images == first)
    #expect(try await reader(folder).batch(places, epoch: 1).images != first)
    #expect(try await reader(folder, seed: 4).batch(places, epoch: 0).images != first)
    let plain = try reader(folder, augments: false)
    let seen = try await plain.batch(places, epoch: 5)
    #expect(seen.images.map(\.shape) == [Shape](repeating: [3, 8, 8], count: 4))
    let source = try PictureFile(InputList.contents(of: "\(folder.path)/a/1.png")).picture
    #expect(seen.images[1].elements == (try preset.apply(to: source)).input.elements)
  }

  @Test("a damaged picture is left out and told, the rows of the others stay")
  func damagedPicturesAreLeftOut() async throws {
    let folder = try PictureFolder.classes(3)
    let whole = try await reader(folder).batch([0, 1, 2])
    let bytes = try InputList.contents(of: "\(folder.path)/a/1.png")
    try folder.write(Array(bytes.prefix(60)), to: "a/1.png")
    let batch = try await reader(folder).batch([0, 1, 2])
    #expect(batch.samples == [0, 2] && batch.labels == [0, 0])
    #expect(batch.failures.map(\.place) == ["\(folder.path)/a/1.png"])
    #expect(batch.images[1].hasSameBits(as: whole.images[2]))
    let none = try await reader(folder).batch([1])
    #expect(none.images.isEmpty && none.failures.count == 1)
  }

  @Test("a picture is decoded once, and cut anew in each epoch")
  func picturesAreKept() async throws {
    let folder = try PictureFolder.classes(2)
    let places = [0, 1, 2, 3]
    let reader = try reader(folder)
    _ = try await reader.batch(places, epoch: 0)
    let expected = try await self.reader(folder).batch(places, epoch: 1)
    try folder.write([], to: "a/1.png")
    let second = try await reader.batch(places, epoch: 1)
    #expect(second.failures.isEmpty && second.images.hasSameBits(as: expected.images))
  }

  @Test("pictures that came first stay, as long as there is room")
  func cachesAreBounded() throws {
    let cache = PictureCache(byteCountMaximum: 100)
    var decodedCount = 0
    func picture(_ place: Int, height: Int) throws(Failure) -> Picture {
      try cache.picture(at: place) { () throws(Failure) in
        decodedCount += 1
        return Picture(width: 1, height: height, filledWith: Color(UInt8(place), 0, 0))
      }
    }
    // 60 bytes, 60 that have no room, and 30 that have.
    for (place, height) in [(0, 20), (1, 20), (2, 10)] { _ = try picture(place, height: height) }
    #expect(cache.count == 2 && decodedCount == 3)
    for (place, height) in [(0, 20), (1, 20), (2, 10)] {
      #expect(try picture(place, height: height).bytes[0] == UInt8(place))
    }
    #expect(cache.count == 2 && decodedCount == 4)
    #expect(throws: Failure.self) {
      try cache.picture(at: 3) { () throws(Failure) in throw Failure(.content, "a", "damaged") }
    }
    #expect(try picture(3, height: 3).bytes[0] == 3)
    #expect(cache.count == 3 && decodedCount == 5)
  }

  @Test("a preset that leaves the size open is refused")
  func openSizesAreRefused() throws {
    let folder = try PictureFolder.classes(1)
    let set = try PictureSet(folder.path, outputFolder: "")
    let open = Preset(name: "open", fit: .shorter(resize: 12, crop: nil))
    #expect(throws: Failure.self) {
      try BatchReader(set, Preparation(open, channels: 3), threads: 1)
    }
  }

  @Test("every epoch has every picture once, in an order of its own")
  func ordersArePermutations() {
    let order = BatchOrder(sampleCount: 1000, batchSize: 32, seed: 5)
    let epochs = (0..<3).map { order.batches(epoch: $0) }
    for batches in epochs {
      #expect(batches.count == order.batchCount && batches.last?.count == 1000 % 32)
      #expect(batches.joined().sorted() == Array(0..<1000))
    }
    #expect(Set(epochs).count == 3)
    #expect(order.batches(epoch: 1) == epochs[1])
    #expect(BatchOrder(sampleCount: 1000, batchSize: 32, seed: 6).batches(epoch: 0) != epochs[0])
    #expect(Array(order.batches(epoch: nil).joined()) == Array(0..<1000))
    #expect(BatchOrder(sampleCount: 0, batchSize: 4, seed: 0).batches(epoch: 0).isEmpty)
  }

  @Test("every place of a shuffle is as likely as any other")
  func shufflesAreEven() {
    var counts = [Int](repeating: 0, count: 36)
    let order = BatchOrder(sampleCount: 6, batchSize: 6, seed: 1)
    for epoch in 0..<6000 {
      for (place, sample) in order.batches(epoch: epoch)[0].enumerated() {
        counts[place * 6 + sample] += 1
      }
    }
    // 1000 expected; five standard deviations are 144.
    #expect(counts.allSatisfy { abs($0 - 1000) < 144 })
  }
}
