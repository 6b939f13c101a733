import Execution
import Saliency
import Tensors
import Testing

/// Ablation-CAM on numbers made by hand: two channels of 1 x 4.
@Suite struct AblationCAMTests {
  static let activations = HostTensor<Float>([1, 2, 1, 4], [0, 1, 2, 4, 8, 0, 4, 0])

  private func probe(
    clean: Float, _ scores: [Float], activations: HostTensor<Float> = Self.activations
  ) async throws -> FakeProbe {
    var probe = try await FakeProbe(
      activations: activations, gradients: activations,
      table: HostTensor([1, scores.count], scores))
    probe.clean = HostTensor([1, 1], [clean])
    return probe
  }

  private func explain(
    _ probe: FakeProbe, _ settings: [String: String] = [:], _ target: Target = classZero
  ) async throws -> Explanation {
    try await AblationCAM(settings: settings).explain([target], at: "a", with: probe)
  }

  @Test func channelsAreWeightedByWhatTheirLossCosts() async throws {
    let probe = try await probe(clean: 4, [2, 3])
    let found = try await explain(probe)
    // 0.5 · (0, 1, 2, 4) + 0.25 · (8, 0, 4, 0)
    #expect(try await found.raw?.download().elements == [2, 0.5, 2, 2])
    #expect(try await found.maps.download().elements == [1, 0, 1, 1])
    #expect(found.passes == [Passes(forwards: 1, tails: 2)])
    #expect(found.notes.isEmpty)
    #expect(await probe.record.targets.map { $0.map(\.score) } == [[.value], [.value]])
    let field = try #require(await probe.record.channels.first)
    #expect(try await field.fill.download().elements == [0])
  }

  @Test func aNegativeValueIsNoted() async throws {
    let found = try await explain(try await probe(clean: -4, [-2, -5]))
    // (−4 + 2)/−4 = 0.5 and (−4 + 5)/−4 = −0.25
    #expect(try await found.raw?.download().elements == [-2, 0.5, 0, 2])
    #expect(try await found.maps.download().elements == [0, 0.25, 0, 1])
    #expect(found.notes.first?.text.contains("negative") == true)
  }

  @Test func aValueOfZeroGivesZeros() async throws {
    let found = try await explain(try await probe(clean: 0, [2, 3]))
    #expect(try await found.maps.download().elements == [0, 0, 0, 0])
    #expect(try await found.summaries().first?.isDegenerate == true)
  }

  @Test func aLowFillLiesFarBelowTheLeastActivation() async throws {
    var other = Self.activations
    let probe = try await probe(clean: 1, [0, 0])
    _ = try await explain(probe, ["value": "low"])
    #expect(try await probe.record.channels.first?.fill.download().elements == [0])
    other[1] = -2
    let negative = try await self.probe(clean: 1, [0, 0], activations: other)
    _ = try await explain(negative, ["value": "low"])
    #expect(try await negative.record.channels.first?.fill.download().elements == [-10_000_002])
  }

  @Test func logarithmsAreTakenOfProbabilities() async throws {
    let probe = try await probe(clean: 0.5, [0.25, 0.5])
    let target = Target(
      image: 0, choice: .outputs([.init(index: 0)]), head: .logProbability, negated: true)
    let found = try await explain(probe, [:], target)
    #expect(await probe.record.targets.map { $0.map(\.score) } == [[.probability], [.probability]])
    // (ln ½ − ln ¼) / ln ½ = −1
    let raw = try #require(try await found.raw?.download())
    #expect(distance(raw, HostTensor([1, 1, 1, 4], [0, -1, -2, -4])) < 1e-5)
  }
}
