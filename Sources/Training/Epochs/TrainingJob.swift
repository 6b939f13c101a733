import Execution
import Jobs

/// A network that learns from pictures, epoch by epoch, and the folder that it goes to.
///
/// After each epoch the network is judged by other pictures. `best.safetensors` and `last.safetensors`
/// are models ready for use, `training.jsonl` has a line for each epoch, `state/` what the run goes on
/// from: with the same bits as if it had not been stopped.
public struct TrainingJob: Sendable {
  /// Makes what is done to batches, given the weights that learn and the device.
  public typealias AugmentationMaker =
    @Sendable (any ResidentParameters, any Backend) async throws(TrainingError)
    -> any BatchAugmentation

  /// The network, and what its files say.
  public var model: TrainableModel
  /// How it learns.
  public var options: TrainingOptions
  /// The learning rate of each step.
  public var schedule: Schedule
  /// The pictures that it learns from.
  public var training: BatchReader
  /// The pictures that it is judged by.
  public var validation: BatchReader
  /// The images of a part of a step.
  public let batchSize: Int
  /// The parts of a step that each rank does one after the other.
  public let accumulation: Int
  /// Those who learn together; the first of them keeps the folder.
  public internal(set) var ranks: Ranks
  /// Where the results go.
  public let folder: OutputFolder
  /// The device.
  public internal(set) var backend: any Backend
  /// Makes what is done to batches on the device; nil where nothing is.
  public var augmentation: AugmentationMaker?
  /// The pictures whose maps are compared from epoch to epoch.
  public var probe: MapProbe?
  /// The first epochs, where they learn from windows of the images.
  public var windows: WindowEpochs?
  /// Draws what shows the run, after every epoch, from the files in the folder.
  public var closing: (@Sendable (RunRecord) throws(Failure) -> Void)?

  /// A run.
  /// - Parameters:
  ///   - model: the network, and what its files say.
  ///   - options: how it learns; its seed becomes that of the pictures.
  ///   - schedule: the learning rate; its steps of an epoch become those of the pictures.
  ///   - training: the pictures that it learns from.
  ///   - validation: the pictures that it is judged by, as the preset has them.
  ///   - batchSize: the images of a part of a step, at least 1.
  ///   - accumulation: the parts of a step that each rank does one after the other, at least 1.
  ///   - folder: where the results go, made by `OutputFolder.training`.
  ///   - backend: the device.
  ///   - ranks: those who learn together.
  public init(
    _ model: TrainableModel, _ options: TrainingOptions, _ schedule: Schedule,
    training: BatchReader, validation: BatchReader, batchSize: Int, accumulation: Int = 1,
    folder: OutputFolder, on backend: any Backend, with ranks: Ranks = Ranks()
  ) {
    self.model = model
    self.options = options
    self.schedule = schedule
    self.training = training
    self.validation = validation
    self.batchSize = batchSize
    self.accumulation = accumulation
    self.ranks = ranks
    self.folder = folder
    self.backend = backend
    self.options.seed = training.seed
    self.options.dropouts = model.dropouts
    self.schedule.stepsPerEpoch = order.batchCount
  }

  /// The bytes of both models, and of the state beside the one that it takes the place of, roughly.
  public var predictedByteCount: Int {
    let count = model.blueprint.parameters.reduce(0) { $0 + $1.shape.elementCount }
    let maps = probe?.elementCount ?? 0
    return 4 * (count * (2 + 2 * options.optimizer.stateRows) + 2 * maps) + 1 << 16
  }

  /// Refuses a folder where the run would take the place of what is not an earlier run's, or of the
  /// model that it begins with; touches nothing.
  /// - Throws: `Failure` of kind `usage`, naming what is in the way and a free folder.
  public func checkFolder(against record: RunRecord) throws(Failure) {
    try folder.checkOwner(of: OutputFolder.trainingFiles)
    try folder.check(against: record)
    let model = record.provenance.modelPath
    try folder.checkApart(from: model, given: "--model", names: OutputFolder.trainingFiles)
  }

  /// Trains the network.
  ///
  /// Every rank makes the same call; the first writes into the folder, the others read there what an
  /// earlier run left. All end with the failure of the first of them that has one. Cancelling the task stops it between two steps; it goes on from there, or from the state before,
  /// where the failure is that of writing it.
  /// - Parameters:
  ///   - record: the record of the run, completed and written at start and end.
  ///   - report: called after every step and epoch.
  /// - Returns: what came of it.
  /// - Throws: `Failure` where the run cannot go on; the folder has everything up to the last epoch.
  public func run(
    _ record: RunRecord, report: @escaping @Sendable (TrainingEvent) -> Void
  ) async throws(Failure) -> TrainingOutcome {
    do throws(Failure) {
      return try await work(record, report)
    } catch {
      throw await ranks.end(with: error)
    }
  }

  private func work(
    _ record: RunRecord, _ report: @escaping @Sendable (TrainingEvent) -> Void
  ) async throws(Failure) -> TrainingOutcome {
    try check()
    if ranks.isFirst { try checkFolder(against: record) }
    _ = try leftOutCount()
    let lock = try ranks.isFirst ? folder.open() : nil
    try await ranks.agree()
    var run = try await TrainingRun(self, record, report)
    try await run.complete(holding: lock) { report(.troubled($0)) }
    return run.outcome
  }
}

/// What came of a training run.
public struct TrainingOutcome: Sendable, Hashable {
  /// The epochs done, earlier runs included.
  public let epochCount: Int
  /// The epoch whose weights are in `best.safetensors`, counted from 1; nil where none was done.
  public let bestEpoch: Int?
  /// Its score.
  public let best: Score
  /// The files that could not be used, in earlier runs too.
  public let unreadableCount: Int
}

extension OutputFolder {
  /// The folder of a training run; nothing is touched.
  public static func training(_ path: String, mode: Mode) -> OutputFolder {
    OutputFolder(
      path, mode: mode, records: "training.jsonl", checkpoint: "state/state.safetensors",
      harmlessFlags: ["memory", "threads", "model", "recipe", "accumulate"])
  }

  /// What a training run writes besides its records.
  static let trainingFiles = [
    "best.safetensors", "last.safetensors", "report.html", "state/state.safetensors",
  ]
}
