import Execution
import Foundation
import Graphs
import Imaging
import Jobs
import Models
import Synchronization
import Tensors
import Testing
import Training

@Suite("A training run")
struct TrainingJobTests {
  private let folders: RunFolders

  init() throws { folders = try RunFolders() }

  private var pictures: PictureFolder { folders.pictures }
  private func path(_ name: String) -> String { folders.path(name) }

  @Test("stopped after any step and resumed has the bits of one that was not")
  func stoppedEqualsUninterrupted() async throws {
    let whole = try await SmallRun(pictures, to: path("whole")).train()
    #expect(whole.epochCount == 2 && whole.unreadableCount == 0)
    for stop in 1..<6 {
      let output = path("stopped-\(stop)")
      let run = try await SmallRun(pictures, to: output)
      await #expect(throws: Failure(.interrupted, "", "interrupted")) {
        try await run.train(stoppedAfter: stop)
      }
      let events = Mutex<[TrainingEvent]>([])
      let rest = try await SmallRun(pictures, to: output, mode: .resume).train { event in
        events.withLock { $0.append(event) }
      }
      #expect(rest == whole)
      guard case .resumed(let epochs, let steps)? = events.withLock({ $0.first }) else {
        Issue.record("nobody says that the run goes on")
        return
      }
      #expect(epochs * 3 + steps == stop)
      try SmallRun.expectEqual(output, path("whole"), "stopped after \(stop)")
    }
  }

  @Test("killed after any step and resumed has the bits of one that was not")
  func killedEqualsUninterrupted() async throws {
    let steps = Counter()
    let (source, copies) = (path("whole"), folders.outputs.path)
    _ = try await SmallRun(pictures, to: source).train { event in
      guard case .stepped = event else { return }
      // What lies there now is what a run leaves that is killed now.
      try? FileManager.default.copyItem(atPath: source, toPath: "\(copies)/killed-\(steps.next())")
    }
    for step in 1...6 {
      _ = try await SmallRun(pictures, to: path("killed-\(step)"), mode: .resume).train()
      try SmallRun.expectEqual(path("killed-\(step)"), source, "killed after \(step)")
    }
  }

  @Test("leaves models that say their architecture, classes and preset")
  func modelsAreReady() async throws {
    let outcome = try await SmallRun(pictures, to: path("run")).train()
    let records = try SmallRun.records(in: path("run"))
    #expect(records.map { $0["epoch"]?.integer } == [1, 2])
    #expect(records.map { $0["steps"]?.integer } == [3, 6])
    #expect(records.allSatisfy { $0["images"]?.integer == 10 && $0["unreadable"]?.integer == 0 })
    #expect(records.last { $0["best"]?.flag == true }?["epoch"]?.integer == outcome.bestEpoch)
    let blueprint = try Architecture.scenes.blueprint(classCount: 2, size: (32, 32))
    for name in ["best.safetensors", "last.safetensors"] {
      let network = try ModelFile.open("\(path("run"))/\(name)").network(size: (32, 32))
      #expect(network.labels == ["a", "b"] && network.graph == blueprint.graph)
      let preset = try Preset(json: Array((network.metadata["preset"] ?? "").utf8), name: "small")
      #expect(preset.fit == SmallRun.preset.fit && preset.mean == SmallRun.preset.mean)
      let weight = try #require(network.weights["conv1.weight"]).tensor()
      #expect(try weight != blueprint.initialWeights(seed: 3)["conv1.weight"]?.tensor())
    }
    let status = JSONValue(parsing: try SmallRun.bytes("run.json", in: path("run")))?["status"]
    #expect(status == .string("finished"))
  }

  @Test("learns what tells two classes, and keeps the best epoch")
  func itLearns() async throws {
    let records = Mutex<[EpochRecord]>([])
    let run = try await SmallRun(pictures, to: path("run")) { job in
      job.schedule.epochs = 8
      job.schedule.base = 0.02
    }
    let outcome = try await run.train { event in
      if case .finished(let record) = event { records.withLock { $0.append(record) } }
    }
    let epochs = records.withLock { $0 }
    #expect(epochs.count == 8)
    #expect(epochs[7].training.loss < epochs[0].training.loss)
    let best = try #require(epochs.max { $1.validation.isBetter(than: $0.validation) })
    #expect(outcome.bestEpoch == best.epoch && outcome.best == best.validation)
    #expect(epochs.filter(\.isBest).last?.epoch == best.epoch)
  }

  @Test("augments every batch by epoch, batch and samples, and the network sees what comes out")
  func batchesAreAugmented() async throws {
    let places = Mutex<[BatchPlace]>([])
    let watcher = Watcher { place in places.withLock { $0.append(place) } }
    _ = try await SmallRun(pictures, to: path("seen")) { job in
      job.augmentation = { _, _ in watcher }
    }.train()
    _ = try await SmallRun(pictures, to: path("plain")).train()
    let found = places.withLock { $0 }
    #expect(found.map(\.epoch) == [0, 0, 0, 1, 1, 1])
    #expect(found.map(\.batch) == [0, 1, 2, 0, 1, 2])
    #expect(found.allSatisfy { $0.seed == 5 })
    #expect(found[..<3].flatMap(\.samples).sorted() == Array(0..<10))
    #expect(
      try SmallRun.bytes("last.safetensors", in: path("seen"))
        == SmallRun.bytes("last.safetensors", in: path("plain")))
    _ = try await SmallRun(pictures, to: path("blank")) { job in
      let backend = job.backend
      job.augmentation = { _, _ in Blank(backend: backend) }
    }.train()
    #expect(
      try SmallRun.bytes("last.safetensors", in: path("blank"))
        != SmallRun.bytes("last.safetensors", in: path("plain")))
  }

  /// Looks at batches and leaves them as they are.
  private struct Watcher: BatchAugmentation {
    let note: @Sendable (BatchPlace) -> Void

    func augmented(
      _ images: any ResidentTensor, labels: [Int], at place: BatchPlace
    ) async throws(TrainingError) -> any ResidentTensor {
      note(place)
      return images
    }
  }

  /// Shows nothing of any picture.
  private struct Blank: BatchAugmentation {
    let backend: any Backend

    func augmented(
      _ images: any ResidentTensor, labels: [Int], at place: BatchPlace
    ) async throws(TrainingError) -> any ResidentTensor {
      do throws(BackendError) {
        return try await backend.upload(HostTensor(images.shape, filledWith: 0))
      } catch {
        throw .backend(error)
      }
    }
  }
}
