import Execution
import Graphs
import Operators
import ReferenceBackend
import Saliency
import Tensors
import Testing

/// CAM on numbers made by hand, and the ends of networks that it takes and refuses.
@Suite struct CAMTests {
  /// What stands between the layer `a`, `[1, 2, 2, 2]`, and the logits.
  enum End: String, CaseIterable {
    case linear, convolution, meanOverAxes, averagePool, biasBehind
    case hidden, maximum, noPooling, halfPooled, activation

    var isTaken: Bool {
      [.linear, .convolution, .meanOverAxes, .averagePool, .biasBehind].contains(self)
    }
  }

  /// Two outputs of two channels.
  static let weights = HostTensor<Float>([2, 2], [1, -1, 2, 0.5])

  static func network(_ end: End) throws -> Graph {
    var builder = GraphBuilder()
    let size = end == .halfPooled ? 4 : 2
    let x = builder.input("x", [1, 2, size, size])
    let a = try builder.add(ReLU(), [x])
    builder.tap("a", a, kind: .module)
    builder.tap("x", x, kind: .tensor)
    var pooled: Value
    switch end {
    case .meanOverAxes: pooled = try builder.add(ReduceMean(axes: [2, 3], keepsAxes: false), [a])
    case .maximum: pooled = try builder.add(ReduceMax(axes: [2, 3], keepsAxes: true), [a])
    case .noPooling: pooled = try builder.add(Slice(axis: 2, range: 0..<1), [a])
    case .averagePool, .halfPooled:
      let pool = AveragePool(
        kernel: .init(2, 2), window: Window(stride: 2), ceilMode: false, countsPadding: false)
      pooled = try builder.add(pool, [a])
    default: pooled = try builder.add(GlobalAveragePool(), [a])
    }
    let table = builder.constant(weights)
    var logits: Value
    switch end {
    case .convolution:
      let filters = builder.constant(weights.reshaped([2, 2, 1, 1]))
      let bias = builder.constant(HostTensor<Float>([2], [7, -7]))
      logits = try builder.add(Conv2D(window: Window()), [pooled, filters, bias])
      logits = try builder.add(Reshape([1, 2]), [logits])
    case .noPooling, .halfPooled:
      let count = builder.shape(of: pooled).elementCount
      let flat = try builder.add(Reshape([1, count]), [pooled])
      let wide = builder.constant(HostTensor<Float>([2, count], filledWith: 1))
      logits = try builder.add(Linear(), [flat, wide])
    default:
      logits = try builder.add(Linear(), [builder.add(Reshape([1, 2]), [pooled]), table])
    }
    if end == .biasBehind {
      logits = try builder.add(Add(), [logits, builder.constant(HostTensor<Float>([2], [1, 2]))])
    }
    if end == .hidden {
      logits = try builder.add(Linear(), [builder.add(ReLU(), [logits]), table])
    }
    if end == .activation { logits = try builder.add(Sigmoid(), [logits]) }
    return try builder.finish(outputs: [logits])
  }

  private func explanation(
    _ settings: [String: String] = [:], _ end: End = .linear, seeds: [Float] = [0, 1],
    targets: [Target] = [classZero]
  ) async throws -> Explanation {
    var probe = try await FakeProbe(
      activations: ActivationFixture.activations, gradients: ActivationFixture.gradients)
    probe.network = try Self.network(end)
    probe.outputs = HostTensor([1, 2], seeds)
    return try await CAM(settings: settings).explain(targets, at: "a", with: probe)
  }

  @Test(arguments: End.allCases.filter(\.isTaken))
  func weightsAreThoseOfTheLinearLayer(end: End) async throws {
    let found = try await explanation([:], end)
    #expect(
      try await ActivationFixture.raw(of: found).elements == ActivationFixture.weighted(2, 0.5))
    #expect(found.passes == [Passes(forwards: 1)])
    #expect(try CAM().needs(Self.network(end)) == Needs(passes: Passes(forwards: 1)))
  }

  @Test func negativeEvidenceStaysUnlessAskedFor() async throws {
    let found = try await explanation(seeds: [1, 0])
    #expect(try await ActivationFixture.raw(of: found).elements == [-1, -2, 1, -4])
    #expect(try await found.maps.download().elements == [0.6, 0.4, 1, 0])
    let cut = try await explanation(["relu": "true"], seeds: [1, 0])
    #expect(try await cut.maps.download().elements == [0, 0, 1, 0])
  }

  @Test func contrastsAndNegatedTargetsWeightTheRows() async throws {
    let contrast = try await explanation(seeds: [-1, 1])
    #expect(
      try await ActivationFixture.raw(of: contrast).elements == ActivationFixture.weighted(1, 1.5))
    let negated = Target(image: 0, choice: classZero.choice, negated: true)
    let against = try await explanation(targets: [negated])
    #expect(
      try await ActivationFixture.raw(of: against).elements == ActivationFixture.weighted(-2, -0.5))
  }

  /// Sums of the gradients: 2 and −1.5.
  @Test func probabilitiesTakeTheirGradient() async throws {
    let target = Target(image: 0, choice: classZero.choice, head: .probability)
    let found = try await explanation(targets: [target])
    #expect(
      try await ActivationFixture.raw(of: found).elements == ActivationFixture.weighted(2, -1.5))
    #expect(found.passes == [Passes(forwards: 1, backwards: 1)])
  }

  @Test(arguments: End.allCases.filter { !$0.isTaken })
  func otherEndsAreRefusedInOneLine(end: End) async throws {
    let network = try Self.network(end)
    let obstacle = try #require(try CAM().needs(network).obstacle)
    #expect(obstacle.contains("global average pooling") && obstacle.contains("try grad-cam"))
    let last: [End: String] = [
      .hidden: "linear, relu, linear", .maximum: "reduce_max, linear", .noPooling: "slice, linear",
      .halfPooled: "average_pool, linear", .activation: "linear, sigmoid",
    ]
    #expect(obstacle.contains(last[end] ?? "?"), "\(obstacle)")
    await #expect(throws: ExplanationError.self) { try await explanation([:], end) }
  }

  @Test func anotherLayerThanThePooledOneIsRefused() async throws {
    let network = try Self.network(.linear)
    let obstacle = try #require(try CAM().obstacle(at: "x", in: network))
    #expect(obstacle.contains("pooled, a, and not x"))
    #expect(try CAM().obstacle(at: "a", in: network) == nil)
    var probe = try await FakeProbe(
      activations: ActivationFixture.activations, gradients: ActivationFixture.gradients)
    probe.network = network
    let made = probe
    await #expect(throws: ExplanationError.self) {
      try await CAM().explain([classZero], at: "x", with: made)
    }
  }

  @Test func emptyMapsHaveAReason() async throws {
    let found = try await explanation(["relu": "true"], seeds: [-1, -1])
    #expect(try await found.maps.download().elements == [0, 0, 0, 0])
    #expect(try await found.summaries().first?.reason?.contains("layer a") == true)
  }
}
