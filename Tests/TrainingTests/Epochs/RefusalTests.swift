import Foundation
import Jobs
import Models
import Testing
import Training

@Suite("What a training run does not do")
struct RefusalTests {
  private let folders: RunFolders

  init() throws { folders = try RunFolders() }

  private var pictures: PictureFolder { folders.pictures }
  private var output: String { folders.path() }

  /// Lets the rate be infinite behind the first epoch.
  private static func diverge(_ job: inout TrainingJob) {
    job.schedule.decay = .step(epochs: 1, factor: 1e45)
    job.schedule.warmUpEpochs = 0
  }

  /// Makes the network one whose last layers have one number a channel.
  private static func deepen(_ job: inout TrainingJob) throws {
    let blueprint = try Architecture.resNet18.blueprint(classCount: 2, size: (32, 32))
    job.model = TrainableModel(
      blueprint, blueprint.initialWeights(seed: 3), labels: job.model.labels,
      preset: job.model.preset)
  }

  @Test("an epoch that judges nothing any more is not kept")
  func aDivergedEpochIsNotKept() async throws {
    let run = try await SmallRun(pictures, to: output, batchSize: 10, Self.diverge)
    let failure = await #expect(throws: Failure.self) { try await run.train() }
    #expect(failure?.kind == .content && failure?.place == "epoch 2")
    #expect(failure?.what == "the validation loss is not finite")
    #expect(failure?.hint?.contains("--lr") == true)
    // The first epoch of the same run leaves the same files.
    let short = "\(folders.outputs.path)/short"
    _ = try await SmallRun(pictures, to: short, batchSize: 10) { job in
      Self.diverge(&job)
      job.schedule.epochs = 1
    }.train()
    try SmallRun.expectEqual(output, short, "behind the last good epoch")
  }

  @Test("a model is not trained into the place that it comes from")
  func theModelItselfIsKept() async throws {
    _ = try await SmallRun(pictures, to: output).train()
    let (model, link) = ("\(output)/best.safetensors", "\(folders.outputs.path)/link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: model)
    let bytes = try SmallRun.bytes("best.safetensors", in: output)
    for path in [model, link] {
      for mode in [OutputFolder.Mode.resume, .overwrite] {
        var record = SmallRun.record
        record.provenance.modelPath = path
        let job = try await SmallRun(pictures, to: output, mode: mode).job
        let failure = await #expect(throws: Failure.self) {
          try await job.run(record) { _ in }
        }
        #expect(failure?.kind == .usage && failure?.place == "--model \(path)")
      }
    }
    #expect(try SmallRun.bytes("best.safetensors", in: output) == bytes)
  }

  @Test("pictures that have no variance alone are refused, or said to be left out")
  func lonelyPicturesAreTold() async throws {
    let lonely = try await SmallRun(pictures, to: output, batchSize: 1, Self.deepen)
    let failure = await #expect(throws: Failure.self) { try await lonely.train() }
    #expect(failure?.kind == .usage && failure?.place == "--batch-size 1")
    #expect(failure?.hint?.contains("--batch-size 2") == true)
    #expect(!FileManager.default.fileExists(atPath: output))
    for (size, count) in [(2, 0), (3, 1), (4, 0), (20, 0)] {
      let run = try await SmallRun(pictures, to: output, batchSize: size, Self.deepen)
      #expect(try run.job.leftOutCount() == count, "\(size)")
    }
    #expect(try await SmallRun(pictures, to: output, batchSize: 1).job.leftOutCount() == 0)
  }
}
