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

  /// Two epochs of three steps, unless it is changed.
  init(
    _ pictures: PictureFolder, to output: String, mode: OutputFolder.Mode = .fresh,
    _ change: (inout TrainingJob) throws -> Void = { _ in }
  ) async throws {
    self.pictures = pictures
    let set = try PictureSet(pictures.path, outputFolder: output)
    let preparation = Preparation(Self.preset, channels: 3)
    let blueprint = try Architecture.scenes.blueprint(classCount: 2, size: (32, 32))
    let model = TrainableModel(
      blueprint, blueprint.initialWeights(seed: 3), labels: set.classNames, preset: Self.preset)
    let crop = CropAndFlip(RandomResizedCrop(size: .init(32)))
    var job = TrainingJob(
      model, TrainingOptions(),
      Schedule(base: 0.01, decay: .cosine, warmUpEpochs: 1, epochs: 2, stepsPerEpoch: 1),
      training: try BatchReader(set, preparation, augmentation: crop, seed: 5, threads: 2),
      validation: try BatchReader(set, preparation, threads: 2), batchSize: 4,
      folder: .training(output, mode: mode), on: try await Engines.openCL.value)
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
    let task = Task {
      try await job.run(Self.record) { event in
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

  /// A file of a run.
  static func bytes(_ name: String, in output: String) throws -> Data {
    try Data(contentsOf: URL(filePath: "\(output)/\(name)"))
  }

  /// The records of a run without their times.
  static func records(in output: String) throws -> [[String: JSONValue]] {
    try bytes("training.jsonl", in: output).split(separator: UInt8(ascii: "\n")).map { line in
      guard case .object(let members)? = JSONValue(parsing: line) else { return [:] }
      let timeless = members.filter { !["seconds", "images_per_second"].contains($0.key) }
      return Dictionary(timeless.map { ($0.key, $0.value) }) { $1 }
    }
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
