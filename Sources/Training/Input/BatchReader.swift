import Imaging
import Jobs
import Tensors

/// Some pictures as a network takes them, with their classes.
public struct Batch: Sendable {
  /// The images, `[C, H, W]` each, normalised; there may be none.
  public let images: [HostTensor<Float>]
  /// The class of each.
  public let labels: [Int]
  /// The place in the set of each.
  public let samples: [Int]
  /// Why pictures are missing, one each.
  public let failures: [Failure]

  /// The batch in parts; of several, none has the failures.
  /// - Parameter places: those of each part in the set, together the places that were asked for.
  /// - Returns: for each part its rows that could be read.
  func split(_ places: [[Int]]) -> [Batch] {
    guard places.count > 1 else { return [self] }
    var end = 0
    return places.map { places in
      let wanted = Set(places)
      let start = end
      while end < samples.count, wanted.contains(samples[end]) { end += 1 }
      return Batch(
        images: Array(images[start..<end]), labels: Array(labels[start..<end]),
        samples: Array(samples[start..<end]), failures: [])
    }
  }
}

/// Reads pictures of a set into batches, several at a time.
///
/// A batch follows from the set, the seed, the epoch and the places asked for; the number of threads
/// changes nothing.
public struct BatchReader: Sendable {
  /// The pictures.
  public let set: PictureSet
  /// How they become inputs.
  public let preparation: Preparation
  /// What happens to them before; nil where they are seen as the preset has it, to judge a network.
  public let augmentation: InputAugmentation?
  /// The seed of the run.
  public let seed: UInt64
  /// The most pictures that are read at the same time.
  public let threads: Int
  private let size: Preset.Size
  /// What was decoded to be augmented; other pictures are decoded whenever they are read.
  private var cache = PictureCache()
  /// Whether every image is blank and no file is read.
  private var isBlank = false

  /// A reader.
  /// - Parameters:
  ///   - set: the pictures.
  ///   - preparation: how they become inputs.
  ///   - augmentation: what happens to them before, its part of the preset's size; nil for nothing.
  ///   - seed: the seed of the run.
  ///   - threads: the most pictures that are read at the same time, at least 1.
  /// - Throws: `Failure` where the preset leaves the size of the images open.
  public init(
    _ set: PictureSet, _ preparation: Preparation, augmentation: InputAugmentation? = nil,
    seed: UInt64 = 0, threads: Int
  ) throws(Failure) {
    guard let size = preparation.preset.outputSize else {
      throw Failure(
        .usage, "--preset \(preparation.preset.name)", "leaves the size of pictures open",
        try: "give --size")
    }
    precondition(
      augmentation.map { $0.part.crop.size == size } ?? true, "another size than \(size)")
    self.set = set
    self.preparation = preparation
    self.augmentation = augmentation
    self.seed = seed
    self.threads = max(1, threads)
    self.size = augmentation?.size ?? size
  }

  /// This reader with the decoded pictures of another, where these are the same pictures.
  func sharing(_ other: BatchReader) -> BatchReader {
    guard other.set == set, other.preparation == preparation else { return self }
    var reader = self
    reader.cache = other.cache
    return reader
  }

  /// A reader that gives a blank image for each picture, and reads none of them.
  func blank() -> BatchReader {
    var reader = self
    reader.isBlank = true
    return reader
  }

  /// `[C, H, W]` of an image.
  public var imageShape: Shape { [preparation.channels, size.height, size.width] }

  /// Reads pictures; those that cannot be read are left out.
  /// - Parameters:
  ///   - places: their places in the set; rows keep this order.
  ///   - epoch: counted from 0, below 2^26; decides about augmentation alone.
  /// - Returns: the batch.
  /// - Throws: `Failure` where memory runs out: then nothing is wrong with the picture.
  public func batch(_ places: [Int], epoch: Int = 0) async throws(Failure) -> Batch {
    if isBlank {
      let image = HostTensor<Float>(imageShape, filledWith: 0)
      return Batch(
        images: places.map { _ in image }, labels: places.map { set.samples[$0].label },
        samples: places, failures: [])
    }
    let readings = await concurrentMap(
      places, threads: threads, cost: { set.samples[$0].picture.statedPixelCount }
    ) { place in
      Result { () throws(Failure) in try image(at: place, epoch: epoch) }
    }
    var (images, samples, failures) = ([HostTensor<Float>](), [Int](), [Failure]())
    for (place, reading) in zip(places, readings) {
      switch reading {
      case .success(let image):
        images.append(image)
        samples.append(place)
      case .failure(let failure) where failure.kind == .temporary: throw failure
      case .failure(let failure): failures.append(failure)
      }
    }
    return Batch(
      images: images, labels: samples.map { set.samples[$0].label }, samples: samples,
      failures: failures)
  }

  private func image(at place: Int, epoch: Int) throws(Failure) -> HostTensor<Float> {
    let sample = set.samples[place]
    let picture = sample.picture
    guard let augmentation else { return try preparation.image(of: picture).prepared.input }
    let decoded = try cache.picture(at: place) { () throws(Failure) in
      try picture.decode(
        preparation.preset.decodingOptions(pixelCountMaximum: preparation.pixelCountMaximum)
      ).picture
    }
    let object =
      try augmentation.keepsObject
      ? sample.object?.placed(in: decoded, at: picture.path) : nil
    do throws(ImagingError) {
      let part = augmentation.apply(to: decoded, object: object) { stream in
        SampleDraws(seed: seed, epoch: epoch, sample: place, stream: stream)
      }
      return try preparation.preset.input(of: part, channels: preparation.channels)
    } catch {
      throw Failure(error, at: picture.path)
    }
  }
}
