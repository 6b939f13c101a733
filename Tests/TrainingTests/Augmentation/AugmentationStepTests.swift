import Execution
import Graphs
import Operators
import Tensors
import Testing
import Training

@Suite("Maps follow what is learned and leave no trace in it")
struct AugmentationStepTests {
  private let fixture: AugmentationFixture

  init() throws {
    fixture = try AugmentationFixture("residual")
  }

  private func makeTrainer(on backend: any Backend) async throws -> Trainer {
    var options = TrainingOptions()
    options.optimizer = .sgd(momentum: 0.9, weightDecay: 1e-4)
    let pooled = try #require(
      fixture.graph.nodes.first { $0.operation is GlobalAveragePool })
    options.dropouts[pooled.value] = 0.5
    return try await Trainer(
      fixture.graph, fixture.weights, options: options,
      capacity: AugmentationFixture.pictureCount, on: backend)
  }

  @Test("20 steps with maps thrown away are 20 steps without, bit for bit")
  func mapsLeaveNoTrace() async throws {
    let backend = try await Engines.openCL.value
    let images = try await backend.upload(fixture.pictures)
    let (plain, watched) = (
      try await makeTrainer(on: backend), try await makeTrainer(on: backend)
    )
    let augmentation = try await fixture.augmentation(
      AugmentationOptions(), watched.parameters, on: backend)
    let samples = Array(0..<AugmentationFixture.pictureCount)
    var seen: [HostTensor<Float>] = []
    for step in 0..<20 {
      let place = AugmentationFixture.place(samples, batch: step)
      let thrown = try await augmentation.augmented(images, labels: fixture.labels, at: place)
      if step == 0 || step == 19 { seen.append(try await thrown.download()) }
      for trainer in [plain, watched] {
        _ = try await trainer.step(images, labels: fixture.labels, rate: 0.01)
      }
    }
    let (found, expected) = (try await watched.snapshot(), try await plain.snapshot())
    #expect(found == expected)
    #expect(found.stepCount == 20)
    #expect(found.weights.hasSameBits(as: expected.weights))
    let statistics = [try #require(found.statistics), try #require(expected.statistics)]
    #expect(statistics[0].hasSameBits(as: statistics[1]))
    #expect(!seen[0].hasSameBits(as: seen[1]), "maps do not follow the weights")
  }

  @Test("maps are those of the weights as they are")
  func mapsAreOfTheWeightsAsTheyAre() async throws {
    let backend = try await Engines.openCL.value
    let images = try await backend.upload(fixture.pictures)
    let trainer = try await makeTrainer(on: backend)
    let options = try AugmentationOptions()
    let following = try await fixture.augmentation(options, trainer.parameters, on: backend)
    let place = AugmentationFixture.place(Array(0..<AugmentationFixture.pictureCount))
    for _ in 0..<3 {
      let seen = try await following.augmented(images, labels: fixture.labels, at: place)
      _ = try await trainer.step(seen, labels: fixture.labels, rate: 0.01)
    }
    let learned = try await trainer.weights().mapValues { HostWeights($0) as any WeightSource }
    #expect(learned.count == fixture.weights.count)
    let fresh = try await fixture.augmentation(
      options, backend.upload(learned), on: backend)
    let found = try await following.augmented(images, labels: fixture.labels, at: place)
    let expected = try await fresh.augmented(images, labels: fixture.labels, at: place)
    #expect(try await found.download().hasSameBits(as: expected.download()))
  }

  @Test(
    "nothing as large as an image is read back",
    arguments: AugmentationOptions.Formula.allCases)
  func imagesStayOnTheDevice(formula: AugmentationOptions.Formula) async throws {
    let backend = WatchedBackend(base: try await Engines.openCL.value)
    let options = try AugmentationOptions(settings: ["formula": formula.rawValue])
    let augmentation = try await fixture.augmentation(options, on: backend)
    let images = try await backend.upload(fixture.pictures)
    let count = AugmentationFixture.pictureCount
    _ = try await augmentation.augmented(
      images, labels: fixture.labels, at: AugmentationFixture.place(Array(0..<count)))
    let counts = await backend.log.elementCounts
    // Which of the baseline and at most 32 masks of an image are live.
    #expect(!counts.isEmpty && counts.allSatisfy { $0 <= count * 33 })
  }
}
