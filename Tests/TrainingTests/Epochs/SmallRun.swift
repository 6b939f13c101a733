import Execution
import Foundation
import Graphs
import Imaging
import Jobs
import Models
import Operators
import Saliency
import Synchronization
import Tensors
import Testing
import Training

/// A short training run on a few pictures, in a folder of its own.
struct SmallRun {
  static let preset = Preset(name: "small", fit: .shorter(resize: 32, crop: .init(32)))

  let pictures: PictureFolder
  let job: TrainingJob
  /// What the run was asked for, as its record has it.
  var flags: [JSONValue.Member] = []

  /// Two epochs of three steps, unless it is changed.
  init(
    _ pictures: PictureFolder, to output: String, mode: OutputFolder.Mode = .fresh,
    batchSize: Int = 4, accumulation: Int = 1, on backend: (any Backend)? = nil,
    with ranks: Ranks = Ranks(),
    _ change: (inout TrainingJob) throws -> Void = { _ in }
  ) async throws {
    self.pictures = pictures
    let set = try PictureSet(pictures.path, outputFolder: output)
    let preparation = Preparation(Self.preset, channels: 3)
    let blueprint = try Architecture.scenes.blueprint(classCount: 2, size: (32, 32))
    let model = TrainableModel(
      blueprint, blueprint.initialWeights(seed: 3), labels: set.classNames, preset: Self.preset)
    let device: any Backend = if let backend { backend } else { try await Engines.openCL.value }
    let crop = InputAugmentation(CropAndFlip(RandomResizedCrop(size: .init(32))))
    var job = TrainingJob(
      model, TrainingOptions(),
      Schedule(base: 0.01, decay: .cosine, warmUpEpochs: 1, epochs: 2, stepsPerEpoch: 1),
      training: try BatchReader(set, preparation, augmentation: crop, seed: 5, threads: 2),
      validation: try BatchReader(set, preparation, threads: 2), batchSize: batchSize,
      accumulation: accumulation, folder: .training(output, mode: mode), on: device, with: ranks)
    try change(&job)
    self.job = job
  }

  /// Five pictures of each of two classes: three batches, the last of two.
  static func folder() throws -> PictureFolder { try PictureFolder.classes(5) }

  /// Trains, and cancels the run after so many steps, if that is asked for.
  func train(
    stoppedAfter stop: Int? = nil, _ watch: @escaping @Sendable (TrainingEvent) -> Void = { _ in }
  ) async throws -> TrainingOutcome {
    let job = job
    let steps = Counter()
    var record = Self.record
    record.flags = flags
    let task = Task { [record] in
      try await job.run(record) { event in
        watch(event)
        if case .stepped = event, steps.next() == stop { withUnsafeCurrentTask { $0?.cancel() } }
      }
    }
    return try await task.value
  }

  /// A record as a verb would make it.
  static let record = RunRecord(
    command: ["salient", "train"],
    provenance: RunRecord.Provenance(
      version: "0", device: "d", driver: nil, precision: "fp32", modelPath: "m", modelSHA256: "",
      kernelHash: nil), flags: [], seed: 5, predicted: RunRecord.Effort(bytes: 0, seconds: 0))

  /// Expects that two runs have left the same bits.
  static func expectEqual(_ found: String, _ expected: String, _ comment: Comment) throws {
    for name in ["best.safetensors", "last.safetensors", "state/state.safetensors"] {
      let isEqual = try bytes(name, in: found) == bytes(name, in: expected)
      #expect(isEqual, "\(name), \(comment)")
    }
    #expect(try records(in: found) == records(in: expected), comment)
  }

  /// A file of a run.
  static func bytes(_ name: String, in output: String) throws -> Data {
    try Data(contentsOf: URL(filePath: "\(output)/\(name)"))
  }

  /// The records of a run without their times.
  static func records(in output: String) throws -> [[String: JSONValue]] {
    try bytes("training.jsonl", in: output).split(separator: UInt8(ascii: "\n")).map { line in
      guard case .object(let members)? = JSONValue(parsing: line) else { return [:] }
      let times = ["seconds", "images_per_second", "map_share"]
      let timeless = members.filter { !times.contains($0.key) }
      return Dictionary(timeless.map { ($0.key, $0.value) }) { $1 }
    }
  }
}

extension SmallRun {
  /// Lets a run use everything that its state has to keep: a rule with two moments, dropouts, maps in
  /// the loop and maps beside it.
  static func everything(_ job: inout TrainingJob) throws {
    let network = job.model.blueprint.network(job.model.weights)
    let layer = LayerName(try network.automaticLayer().tensor)
    job.options.optimizer = .adamW(weightDecay: 0.01)
    let units = try #require(network.graph.nodes.last { $0.operation is ReLU })
    job.options.dropouts = [units.value: 0.3]
    let options = try AugmentationOptions(settings: ["probability": "0.5", "every": "2"])
    job.augmentation = { parameters, backend async throws(TrainingError) in
      try await SaliencyAugmentation(
        network.graph, parameters, at: layer, options: options, on: backend)
    }
    job.probe = try probe(of: job)
  }

  /// Windows of so many columns and rows in the first epochs.
  static func windows(
    of job: TrainingJob, _ count: Int, _ size: Preset.Size
  ) throws -> WindowEpochs {
    var augmentation = InputAugmentation(CropAndFlip(RandomResizedCrop(size: .init(32))))
    augmentation.window = RandomCrop(size: size)
    let reader = try BatchReader(
      job.training.set, Preparation(preset, channels: 3), augmentation: augmentation,
      seed: 5, threads: 2)
    let blueprint = try Architecture.scenes.blueprint(
      classCount: 2, size: (size.height, size.width))
    return WindowEpochs(count, reader, blueprint)
  }

  /// Group-CAM of the pictures that a run is judged by.
  static func probe(of job: TrainingJob) throws -> MapProbe {
    let methods = try MethodCatalogue().requests(["group-cam:variant=fast"], set: [])
    let network = job.model.blueprint.network(job.model.weights)
    let layer = LayerName(try network.automaticLayer().tensor)
    return MapProbe(job.validation, try #require(methods.first), at: layer, SessionOptions())
  }
}

/// Counts calls from any thread.
final class Counter: Sendable {
  private let value = Mutex(0)

  func next() -> Int {
    value.withLock { value in
      value += 1
      return value
    }
  }
}
