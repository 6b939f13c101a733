import Jobs
import Models

/// The first epochs of a run, where they learn from windows of the images: smaller images cost less,
/// and in windows that hold their objects these are learned before all that surrounds them.
public struct WindowEpochs: Sendable {
  /// How many, at least 1.
  public let count: Int
  /// The pictures, windows of them.
  public let reader: BatchReader
  /// The network for images of the windows' size.
  public let blueprint: Blueprint

  /// Epochs that learn from windows.
  public init(_ count: Int, _ reader: BatchReader, _ blueprint: Blueprint) {
    self.count = count
    self.reader = reader
    self.blueprint = blueprint
  }
}

extension TrainingJob {
  /// What an epoch, counted from 0, learns from windows of; nil where it takes whole images.
  private func windowEpochs(with epoch: Int) -> WindowEpochs? {
    windows.flatMap { epoch < $0.count ? $0 : nil }
  }

  /// The pictures of an epoch, counted from 0.
  func reader(in epoch: Int) -> BatchReader {
    windowEpochs(with: epoch)?.reader.sharing(training) ?? training
  }

  /// The network that learns in an epoch, counted from 0.
  func blueprint(in epoch: Int) -> Blueprint {
    windowEpochs(with: epoch)?.blueprint ?? model.blueprint
  }

  /// How the network of an epoch learns, counted from 0.
  func trainingOptions(in epoch: Int) -> TrainingOptions {
    var options = options
    options.dropouts = windowEpochs(with: epoch)?.blueprint.dropoutShares ?? options.dropouts
    return options
  }

  /// The most images of a part of a step.
  var capacity: Int { min(batchSize, training.set.samples.count) }

  /// What learns from an epoch on, where that is another network than in the epoch before.
  /// - Throws: `Failure` where it does not fit the device.
  func trainer(
    in progress: TrainingState.Progress, after earlier: Trainer
  ) async throws(Failure) -> Trainer? {
    guard progress.epoch == windows?.count, progress.batch == 0 else { return nil }
    do throws(TrainingError) {
      return try await Trainer(
        model.blueprint.graph, options: options, capacity: capacity, on: backend,
        with: ranks, inPlaceOf: earlier)
    } catch {
      throw Failure(error, trainedOn: backend.name)
    }
  }

  /// Makes sure that what learns from whole images later fits the device beside what learns from
  /// windows, while nothing is lost yet.
  /// - Parameter epoch: the first one of the run, counted from 0.
  /// - Throws: `TrainingError` where it does not.
  func checkRoom(after epoch: Int) async throws(TrainingError) {
    guard windowEpochs(with: epoch) != nil else { return }
    _ = try await CompiledStep(
      model.blueprint.graph, options, capacity: capacity, on: backend, with: ranks)
  }

  /// Refuses windows that the layers of the network are too small for, or that something else sees.
  /// - Throws: `Failure`, with what to do instead.
  func checkWindows() throws(Failure) {
    guard let windows else { return }
    guard augmentation == nil else {
      throw Failure(
        .usage, "--random-crop", "maps are of whole images", try: "give --augment none with it")
    }
    do throws(TrainingError) {
      let fewest = try trainingOptions(in: 0).fewestRows(of: windows.blueprint.graph)
      guard fewest > (try options.fewestRows(of: model.blueprint.graph)) else { return }
    } catch {
      throw Failure(error, trainedOn: backend.name)
    }
    throw Failure(
      .usage, "--random-crop", "a layer has one number a channel of such a window",
      try: "give larger windows")
  }
}
