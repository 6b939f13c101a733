import Foundation
import Graphs
import Jobs
import Models
import Saliency
import Synchronization
import Tensors
import Testing
import Training

@Suite("What goes wrong while a network learns is said in one line")
struct TrainingFaultTests {
  private let folders: RunFolders

  init() throws { folders = try RunFolders() }

  private var pictures: PictureFolder { folders.pictures }
  private var output: String { folders.path() }

  /// Why a run ends.
  private func failure(_ run: SmallRun) async throws -> Failure {
    do {
      _ = try await run.train()
    } catch let failure as Failure {
      return failure
    }
    throw CocoaError(.featureUnsupported)
  }

  @Test("damaged pictures are told once, counted and left out")
  func damagedPicturesAreLeftOut() async throws {
    let bytes = try InputList.contents(of: "\(pictures.path)/a/1.png")
    try pictures.write(Array(bytes.prefix(60)), to: "a/1.png")
    try pictures.write([1, 2, 3], to: "b/none.png")
    let failures = Mutex<[Failure]>([])
    let outcome = try await SmallRun(pictures, to: output).train { event in
      if case .unreadable(let failure) = event { failures.withLock { $0.append(failure) } }
    }
    let places = failures.withLock { Set($0.map(\.place)) }
    #expect(places == ["\(pictures.path)/a/1.png", "\(pictures.path)/b/none.png"])
    #expect(outcome.unreadableCount == 2 && failures.withLock(\.count) == 2)
    let records = try SmallRun.records(in: output)
    #expect(records.map { $0["unreadable"]?.integer } == [1, 1])
    #expect(records.map { $0["images"]?.integer } == [9, 9])
  }

  @Test("a set of which nothing can be read ends the run")
  func nothingReadableEndsTheRun() async throws {
    for name in ["a", "b/deep"] {
      for number in 0..<5 {
        let bytes = try InputList.contents(of: "\(pictures.path)/\(name)/\(number).png")
        try pictures.write(Array(bytes.prefix(60)), to: "\(name)/\(number).png")
      }
    }
    let failure = try await failure(SmallRun(pictures, to: output))
    #expect(failure.kind == .content && failure.what == "none of its pictures can be read")
  }

  @Test("a batch that has no room beside a step is loaded behind it, with the same bits")
  func batchesAreLoadedAgain() async throws {
    let base = try await Engines.openCL.value
    let (whole, narrow) = (folders.path("whole"), folders.path("narrow"))
    _ = try await SmallRun(pictures, to: whole, on: base).train()
    let backend = CountingBackend(base: base) { $0 == 2 }
    _ = try await SmallRun(pictures, to: narrow, on: backend).train()
    // Two epochs of three batches to learn from and three to be judged by; the second of all twice.
    #expect(backend.batches.next() == 14)
    try SmallRun.expectEqual(narrow, whole, "loaded again")
    let failure = try await failure(
      SmallRun(pictures, to: output, on: CountingBackend(base: base) { $0 > 1 }))
    #expect(failure.kind == .temporary && failure.hint?.contains("--batch-size") == true)
  }

  @Test("a loss that is not finite names step and layer, and what to try; the step is not taken")
  func infiniteLossIsNamed() async throws {
    let run = try await SmallRun(pictures, to: output) { job in
      var weights = job.model.weights
      let name: ParameterName = "layer2.0.conv1.weight"
      let shape = try #require(weights[name]).shape
      weights[name] = FilledWeights(shape, .infinity)
      job.model = TrainableModel(
        job.model.blueprint, weights, labels: job.model.labels, preset: job.model.preset)
    }
    let failure = try await failure(run)
    #expect(failure.kind == .content && failure.place == "step 1")
    #expect(failure.what == "the loss is not finite, first at layer layer2.0.conv1")
    #expect(failure.hint?.contains("--lr") == true)
    let record = JSONValue(parsing: try SmallRun.bytes("run.json", in: output))
    #expect(record?["status"] == .string("failed"))
  }

  @Test("an unknown layer to freeze is named before the folder or an earlier run is touched")
  func unknownLayerIsNamed() async throws {
    for mode in [OutputFolder.Mode.fresh, .overwrite] {
      let files = FileManager.default.subpaths(atPath: output)
      let run = try await SmallRun(pictures, to: output, mode: mode) { job in
        job.options.frozen = [LayerPattern("layre1")]
      }
      let failure = try await failure(run)
      #expect(failure.kind == .usage && failure.place == "--freeze layre1")
      #expect(failure.hint?.contains("layer1") == true)
      #expect(FileManager.default.subpaths(atPath: output) == files)
      if mode == .fresh { _ = try await SmallRun(pictures, to: output).train() }
    }
  }

  @Test("a probe that does not suit the network is refused before the folder is touched")
  func unsuitableProbeIsNamed() async throws {
    let run = try await SmallRun(pictures, to: output) { job in
      let methods = try MethodCatalogue().requests(["group-cam:blur-size=101"], set: [])
      job.probe = MapProbe(
        job.validation, try #require(methods.first), at: "layer9", SessionOptions())
    }
    let failure = try await failure(run)
    #expect(failure.kind == .usage && failure.place == "--probe")
    #expect(failure.what.contains("layer9: no such layer"))
    #expect(!FileManager.default.fileExists(atPath: output))
  }

  @Test(
    "a run whose parts hold objects goes on with these objects alone", arguments: [true, false])
  func movedObjectsAreRefused(keeps: Bool) async throws {
    func state(_ box: String) throws {
      try pictures.write(
        """
        {"images": [{"id": 1, "file_name": "a/0.png"}, {"id": 2, "file_name": "a/1.png"},
                    {"id": 3, "file_name": "b/deep/0.png"}, {"id": 4, "file_name": "b/deep/1.png"}],
         "annotations": [{"image_id": 1, "category_id": 1, "bbox": \(box)},
                         {"image_id": 2, "category_id": 1, "bbox": [0, 0, 4, 4]},
                         {"image_id": 3, "category_id": 2, "bbox": [0, 0, 4, 4]},
                         {"image_id": 4, "category_id": 2, "bbox": [0, 0, 4, 4]}],
         "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]}
        """, to: "annotations.json")
    }
    func run(_ mode: OutputFolder.Mode) async throws -> SmallRun {
      try await SmallRun(pictures, to: output, mode: mode, batchSize: 2) { job in
        var augmentation = InputAugmentation(CropAndFlip(RandomResizedCrop(size: .init(32))))
        augmentation.keepsObject = keeps
        job.training = try BatchReader(
          job.training.set, job.training.preparation, augmentation: augmentation, threads: 1)
      }
    }
    try state("[0, 0, 4, 4]")
    _ = try await run(.fresh).train()
    try state("[1, 0, 4, 4]")
    if keeps {
      let moved = try await failure(run(.resume))
      #expect(moved.what.hasPrefix("the pictures, their classes"))
    } else {
      _ = try await run(.resume).train()
    }
  }

  @Test("a run goes on with its own pictures alone, and with a state that is whole")
  func otherPicturesAreRefused() async throws {
    _ = try await SmallRun(pictures, to: output).train()
    let fresh = try await failure(SmallRun(pictures, to: output))
    #expect(fresh.kind == .usage && fresh.hint?.contains("--resume") == true)
    try pictures.picture(77, to: "a/77.png")
    let other = try await failure(SmallRun(pictures, to: output, mode: .resume))
    #expect(other.kind == .usage && other.what.contains("the pictures, their classes or"))
    let state = "state/state.safetensors"
    let bytes = try SmallRun.bytes(state, in: output)
    try bytes.prefix(bytes.count / 2).write(to: URL(filePath: "\(output)/\(state)"))
    let damaged = try await failure(SmallRun(pictures, to: output, mode: .resume))
    #expect(damaged.kind == .content && damaged.what == "is no state of a training run")
    let again = try await SmallRun(pictures, to: output, mode: .overwrite).train()
    #expect(again.epochCount == 2)
  }

  @Test("a folder with a model of somebody else is not touched")
  func foreignModelIsKept() async throws {
    try folders.outputs.write("mine", to: "run/best.safetensors")
    for mode in [OutputFolder.Mode.fresh, .resume, .overwrite] {
      let failure = try await failure(SmallRun(pictures, to: output, mode: mode))
      #expect(failure.kind == .usage && failure.what.contains("best.safetensors"))
    }
    #expect(try SmallRun.bytes("best.safetensors", in: output) == Data("mine".utf8))
  }
}
