import Execution
import Graphs
import Operators
import ReferenceBackend
import Tensors
import Testing
import Training

@Suite("A trainer keeps what it learns on the device")
struct TrainerTests {
  private let fixture: TrainingFixture
  private let network: SmallNetwork

  init() throws {
    fixture = try TrainingFixture("plain")
    network = try SmallNetwork("plain")
  }

  private func makeTrainer(_ change: (inout TrainingOptions) -> Void = { _ in }) async throws
    -> Trainer
  {
    var options = fixture.runs[0].options(network)
    change(&options)
    return try await Trainer(
      network.graph, fixture.weights, options: options, capacity: fixture.rows,
      on: try await Engines.openCL.value)
  }

  private func follow(_ trainer: Trainer, _ steps: Range<Int>) async throws {
    let backend = try await Engines.openCL.value
    for step in steps {
      let images = try await backend.upload(fixture.images(at: step))
      let labels = fixture.labels[step % fixture.labels.count]
      _ = try await trainer.step(images, labels: labels, rate: 0.01)
    }
  }

  /// What inference makes of the first batch with the weights of a trainer.
  private func logits(_ trainer: Trainer) async throws -> HostTensor<Float> {
    let backend = try await Engines.openCL.value
    let executable = try await backend.compile(
      network.graph, CompileOptions(capacity: fixture.rows))
    let images = try await backend.upload(fixture.images(at: 0))
    return try await executable.run([images], trainer.parameters)[0].download()
  }

  @Test("a restored trainer goes on with the same bits, and inference between steps changes none")
  func restoredTrainerEqualsUninterrupted() async throws {
    let whole = try await makeTrainer()
    try await follow(whole, 0..<6)
    let first = try await makeTrainer()
    try await follow(first, 0..<2)
    _ = try await logits(first)
    try await follow(first, 2..<3)
    let snapshot = try await first.snapshot()
    #expect(snapshot.stepCount == 3 && snapshot.sampleCount == 3 * fixture.rows)
    let second = try await makeTrainer()
    try await second.restore(snapshot)
    try await follow(second, 3..<6)
    let (found, expected) = (try await second.snapshot(), try await whole.snapshot())
    #expect(found == expected)
    #expect(found.weights.hasSameBits(as: expected.weights))
    #expect(try await logits(second).hasSameBits(as: logits(whole)))
  }

  @Test("inference with its parameters sees every step")
  func inferenceSeesEveryStep() async throws {
    let trainer = try await makeTrainer()
    let before = try await logits(trainer)
    try await follow(trainer, 0..<1)
    let after = try await logits(trainer)
    #expect(!before.hasSameBits(as: after))
    let learned = try await trainer.weights()
    let backend = ReferenceBackend()
    let sources = learned.mapValues { HostWeights($0) as any WeightSource }
    let executable = try await backend.compile(
      network.graph, CompileOptions(capacity: fixture.rows))
    let truth = try await executable.run(
      [try await backend.upload(fixture.images(at: 0))], try await backend.upload(sources))
    let metrics = ErrorMetrics(found: after, expected: try await truth[0].download())
    #expect(metrics.normalised < 1e-5)
  }

  @Test("a frozen layer keeps its weights and statistics")
  func frozenLayerStays() async throws {
    let trainer = try await makeTrainer { $0.frozen = ["conv1", "bn1.*"].map { LayerPattern($0) } }
    try await follow(trainer, 0..<3)
    let names = Set(try await trainer.weights().keys.map(\.text))
    #expect(names.contains("bn2.running_var") && names.contains("conv2.weight"))
    #expect(!names.contains { $0.hasPrefix("conv1.") || $0.hasPrefix("bn1.") })
    let shapes = fixture["weights"].filter { $0.key.text.hasPrefix("bn1.") }.mapValues(\.shape)
    #expect(shapes.count == 4)
    let now = try await values(
      shapes, trainer.parameters, on: try await Engines.openCL.value)
    for (name, tensor) in now { #expect(tensor == fixture["weights"][name]) }
  }

  @Test("a pattern that fits nothing names the layers, and something must be left")
  func wrongPatternsAreRefused() async throws {
    do {
      _ = try await makeTrainer { $0.frozen = [LayerPattern("layer1")] }
      Issue.record("a pattern without a layer was taken")
    } catch let error as TrainingError {
      #expect("\(error)".hasPrefix("--freeze layer1: no layer has such a name"))
      #expect("\(error)".contains("conv1") && "\(error)".contains("fc2"))
    }
    for (pattern, what) in [("*", "every layer is frozen"), ("*.running_var", "only statistics")] {
      do {
        _ = try await makeTrainer { $0.frozen = [LayerPattern(pattern)] }
        Issue.record("\(pattern) was taken")
      } catch let error as TrainingError {
        #expect("\(error)".contains(what))
      }
    }
  }

  @Test("labels out of range, too many images and one number a channel are refused")
  func badBatchesAreRefused() async throws {
    let trainer = try await makeTrainer()
    let backend = try await Engines.openCL.value
    let images = try await backend.upload(fixture.images(at: 0))
    for labels in [[0, 1, 2], [0, 1, 2, 5], [0, -1, 2, 3]] {
      await #expect(throws: TrainingError.self) {
        try await trainer.step(images, labels: labels, rate: 0.01)
      }
    }
    let twice = try await backend.upload(HostTensor([8, 3, 12, 12], filledWith: 0))
    await #expect(throws: TrainingError.self) {
      try await trainer.step(twice, labels: [Int](repeating: 0, count: 8), rate: 0.01)
    }
    #expect(await trainer.stepCount == 0)
  }

  @Test("a batch of one image with one pixel left has no variance")
  func lonePixelIsRefused() async throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 2, 1, 1])
    let vectors = ["weight", "bias", "mean", "variance"].map {
      builder.parameter(ParameterName($0), [2])
    }
    let norm = try builder.add(BatchNorm(epsilon: 1e-5), [x] + vectors)
    let graph = try builder.finish(outputs: [builder.add(Reshape([1, 2]), [norm])])
    let ones = HostWeights(HostTensor([2], filledWith: 1))
    let backend = ReferenceBackend()
    let trainer = try await Trainer(
      graph, ["weight": ones, "bias": ones, "mean": ones, "variance": ones], capacity: 2,
      on: backend)
    let one = try await backend.upload(HostTensor([1, 2, 1, 1], filledWith: 1))
    await #expect(throws: TrainingError.self) {
      try await trainer.step(one, labels: [0], rate: 0.1)
    }
    let two = try await backend.upload(HostTensor([2, 2, 1, 1], [1, 2, 3, 5]))
    #expect(try await trainer.step(two, labels: [0, 1], rate: 0.1).loss > 0)
  }

  @Test("a loss that is not finite names its step, and nothing is learned from it")
  func infiniteLossIsNamed() async throws {
    let trainer = try await makeTrainer()
    try await follow(trainer, 0..<1)
    let before = try await trainer.snapshot()
    let images = try await Engines.openCL.value.upload(
      HostTensor([4, 3, 12, 12], filledWith: .nan))
    do {
      _ = try await trainer.step(images, labels: [0, 1, 2, 3], rate: 0.01)
      Issue.record("a loss of NaN was taken")
    } catch {
      #expect("\(error)".hasPrefix("step 2: the loss is not finite"))
    }
    #expect(try await trainer.snapshot() == before)
  }
}
