import Execution

/// What is done to a batch on the device before a step.
public protocol BatchAugmentation: Sendable {
  /// The rows of a batch that it changes, unless there is nothing to be changed in them.
  func rows(at place: BatchPlace) -> [Int]

  /// The images that the step sees in the place of others.
  /// - Parameters:
  ///   - images: `[N, C, H, W]`, normalised.
  ///   - labels: the class of each.
  ///   - place: which batch it is; names N pictures.
  /// - Returns: `[N, C, H, W]`; the very images where nothing is done to them.
  /// - Throws: `TrainingError` where the batch does not fit or the device fails.
  func augmented(
    _ images: any ResidentTensor, labels: [Int], at place: BatchPlace
  ) async throws(TrainingError) -> any ResidentTensor
}

extension BatchAugmentation {
  /// All of them.
  public func rows(at place: BatchPlace) -> [Int] { Array(place.samples.indices) }
}

/// Which batch of a training run it is.
public struct BatchPlace: Sendable, Hashable {
  /// The seed of the run.
  public var seed: UInt64
  /// The epoch, counted from 0.
  public var epoch: Int
  /// The batch in its epoch, counted from 0.
  public var batch: Int
  /// The place in the set of each picture.
  public var samples: [Int]

  /// A place.
  public init(seed: UInt64, epoch: Int, batch: Int, samples: [Int]) {
    self.seed = seed
    self.epoch = epoch
    self.batch = batch
    self.samples = samples
  }
}
