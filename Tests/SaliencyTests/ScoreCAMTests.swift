import Execution
import Saliency
import Tensors
import Testing

/// Score-CAM on numbers made by hand: three channels of 1 x 4, the last of them constant.
@Suite struct ScoreCAMTests {
  static let activations = HostTensor<Float>(
    [1, 3, 1, 4], [0, 1, 2, 4, 8, 0, 4, 0, 3, 3, 3, 3])

  private func probe(
    _ scores: [Float], activations: HostTensor<Float> = Self.activations
  ) async throws -> FakeProbe {
    try await FakeProbe(
      activations: activations, gradients: activations,
      table: HostTensor([1, scores.count], scores))
  }

  private func explain(
    _ probe: FakeProbe, _ settings: [String: String] = [:]
  ) async throws -> Explanation {
    try await ScoreCAM(settings: settings).explain([classZero], at: "a", with: probe)
  }

  private func masks(_ probe: FakeProbe) async throws -> [Float] {
    let field = try #require(await probe.record.fields.first)
    guard case .grid(let maps, _, _, _, _) = field.geometry else { return [] }
    return try await maps.download().elements
  }

  @Test func probabilitiesWeightUpsampledChannels() async throws {
    let probe = try await probe([9, 0.5, 0.25, 9])
    let found = try await explain(probe)
    // Mask 0 and the constant channel are skipped.
    #expect(
      try await masks(probe) == [0, 0, 0, 0, 0, 0.25, 0.5, 1, 1, 0, 0.5, 0, 0, 0, 0, 0])
    #expect(try await found.live?.download().elements == [0, 1, 1, 0])
    // 0.5 · (0, 1, 2, 4) + 0.25 · (8, 0, 4, 0)
    #expect(try await found.raw?.download().elements == [2, 0.5, 2, 2])
    #expect(try await found.maps.download().elements == [1, 0, 1, 1])
    #expect(found.passes == [Passes(forwards: 3)])
    #expect(await probe.record.targets.first?.map(\.score) == [.probability])
  }

  @Test func thePaperWeightsByASoftmaxOverChannels() async throws {
    let probe = try await probe([1, 3, 3, 99])
    let found = try await explain(probe, ["variant": "paper"])
    // (8, 1, 6, 4) / 2
    #expect(try await found.raw?.download().elements == [4, 0.5, 3, 2])
    #expect(try await found.live?.download().elements == [1, 1, 1, 0])
    #expect(found.passes == [Passes(forwards: 4)])
    #expect(await probe.record.targets.first?.map(\.score) == [.value])
  }

  @Test(arguments: ["library", "torchcam"])
  func librariesKeepConstantChannels(variant: String) async throws {
    let probe = try await probe([0, 2, 2, 2])
    let found = try await explain(probe, ["variant": variant])
    let expected: [Float] = [11 / 3, 4 / 3, 3, 7 / 3]
    let raw = try #require(try await found.raw?.download())
    #expect(distance(raw, HostTensor([1, 1, 1, 4], expected)) < 1e-6)
    #expect(try await found.live?.download().elements == [0, 1, 1, 1])
    #expect(found.passes == [Passes(forwards: 4)])
  }

  @Test func negativeScoresSubtractAndTheSumIsRectified() async throws {
    let found = try await explain(try await probe([0, 0.5, -0.25, 0]))
    // (0, 0.5, 1, 2) − (2, 0, 1, 0)
    #expect(try await found.raw?.download().elements == [0, 0.5, 0, 2])
  }

  @Test func channelsThatVaryMostAreKept() async throws {
    let probe = try await probe([0, 1])
    let found = try await explain(probe, ["channels": "1"])
    #expect(try await masks(probe) == [0, 0, 0, 0, 1, 0, 0.5, 0])
    #expect(try await found.raw?.download().elements == [8, 0, 4, 0])
    #expect(found.passes == [Passes(forwards: 2)])
  }

  @Test func softmaxDoesNotSeeTheBaseline() async throws {
    let low = try await explain(try await probe([0, 1, 2, 0]), ["variant": "paper"])
    let high = try await explain(try await probe([500, 1, 2, 0]), ["variant": "paper"])
    #expect(try await distance(low.maps.download(), high.maps.download()) < 1e-4)
  }

  @Test(arguments: ["official", "paper"])
  func constantChannelsAloneGiveZerosAndAReason(variant: String) async throws {
    let flat = HostTensor<Float>([1, 3, 2, 2], filledWith: 0.3)
    let probe = try await FakeProbe(
      activations: flat, gradients: flat, image: (5, 7),
      table: HostTensor([1, 4], filledWith: 1))
    let found = try await explain(probe, ["variant": variant])
    #expect(try await found.maps.download().elements.allSatisfy { $0 == 0 })
    let summary = try #require(try await found.summaries().first)
    #expect(summary.isDegenerate && summary.reason?.contains("there is no mask") == true)
    #expect(found.passes == [Passes(forwards: variant == "paper" ? 2 : 1)])
  }

  @Test func scoresThatAreNotFiniteAreNamed() async throws {
    let found = try await explain(try await probe([0, .nan, 1, 0]))
    guard case .notFinite(let tensor, _) = try await found.summaries()[0].error else {
      Issue.record("no error")
      return
    }
    #expect(tensor == "scores")
  }

  @Test func settingsAreChecked() throws {
    #expect(throws: SettingError.self) { try ScoreCAM(settings: ["channels": "-1"]) }
    #expect(throws: SettingError.self) { try ScoreCAM(settings: ["variant": "fast"]) }
    let resolved = Dictionary(uniqueKeysWithValues: try ScoreCAM().resolvedSettings)
    #expect(resolved == ["variant": "official", "channels": "0", "baseline": "zero"])
  }
}
