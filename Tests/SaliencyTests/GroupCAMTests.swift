import Execution
import Saliency
import Tensors
import Testing

/// Group-CAM on numbers made by hand: four channels of 1 x 4, two groups of two.
@Suite struct GroupCAMTests {
  /// Groups (0, 1) and (2, 3); alpha = 1 for all.
  static let activations = HostTensor<Float>(
    [1, 4, 1, 4], [0, 1, 2, 3, 0, 1, 0, 1, 8, 0, 0, 1, 0, 0, 4, 1])
  static let ones = HostTensor<Float>([1, 4, 1, 4], filledWith: 1)
  /// Settings that leave the bare method: two groups, no percentile, no blur of tiny images.
  static let bare = ["groups": "2", "theta": "0", "baseline": "zero"]

  private func probe(
    _ scores: [Float], activations: HostTensor<Float> = Self.activations
  ) async throws -> FakeProbe {
    try await FakeProbe(
      activations: activations, gradients: HostTensor(activations.shape, filledWith: 1),
      table: HostTensor([1, scores.count], scores))
  }

  private func explain(
    _ probe: FakeProbe, _ settings: [String: String] = [:]
  ) async throws -> Explanation {
    let all = Self.bare.merging(settings) { _, new in new }
    return try await GroupCAM(settings: all).explain([classZero], at: "a", with: probe)
  }

  /// The maps and the affine numbers of the field that was scored.
  private func scored(_ probe: FakeProbe) async throws -> [HostTensor<Float>] {
    let field = try #require(await probe.record.fields.first)
    guard case .grid(let maps, let affine, _, _, _) = field.geometry else { return [] }
    return [try await maps.download(), try await affine.download()]
  }

  // Group sums: (0, 2, 2, 4) and (8, 0, 4, 2).
  // Normalised: (0, 0.5, 0.5, 1) and (1, 0, 0.5, 0.25).

  @Test func masksAreNormalisedGroupSumsBehindTheBaseline() async throws {
    let probe = try await probe([0.25, 0.5, 0.75])
    let found = try await explain(probe)
    let field = try await scored(probe)
    #expect(field[0].elements == [0, 0, 0, 0, 0, 0.5, 0.5, 1, 1, 0, 0.5, 0.25])
    #expect(field[1].elements == [0, 0, 1, 0, 1, 0])
    // Gains 0.25 and 0.5: (0.5, 0.125, 0.375, 0.375).
    #expect(try await found.raw?.download().elements == [0.5, 0.125, 0.375, 0.375])
    let maps = try await found.maps.download()
    #expect(maps.elements == [1, 0, 0.25 / 0.375, 0.25 / 0.375])
    #expect(try await found.live?.download().elements == [1, 1, 1])
    #expect(found.passes == [Passes(forwards: 4, backwards: 1)])
  }

  @Test func negativeGainsSubtractAndTheSumIsRectified() async throws {
    // Gains -0.25 and 0.5: (0.5, -0.125, 0.125, -0.125).
    let found = try await explain(try await probe([0.5, 0.25, 1]))
    #expect(try await found.raw?.download().elements == [0.5, 0, 0.125, 0])
    #expect(try await found.maps.download().elements == [1, 0, 0.25, 0])
  }

  @Test func eachGainCanBeRectified() async throws {
    let found = try await explain(try await probe([0.5, 0.25, 1]), ["rectify": "each"])
    #expect(try await found.raw?.download().elements == [0.5, 0, 0.25, 0.125])
  }

  @Test func rawMergeSumsGroupsAsTheyWere() async throws {
    // 0.25 · (0, 2, 2, 4) + 0.5 · (8, 0, 4, 2)
    let found = try await explain(try await probe([0.25, 0.5, 0.75]), ["merge": "raw"])
    #expect(try await found.raw?.download().elements == [4, 0.5, 2.5, 2])
  }

  @Test func headIsRectifiedRawAndWithoutPercentile() async throws {
    let probe = try await probe([0.5, 0.25, 1])
    let settings = ["groups": "2", "baseline": "zero"]
    let head = try GroupCAM(settings: settings.merging(["variant": "head"]) { _, new in new })
    let found = try await head.explain([classZero], at: "a", with: probe)
    // 0 · (0, 2, 2, 4) + 0.5 · (8, 0, 4, 2)
    #expect(try await found.raw?.download().elements == [4, 0, 2, 1])
    let resolved = Dictionary(uniqueKeysWithValues: head.resolvedSettings)
    #expect(resolved["theta"] == "0" && resolved["merge"] == "raw" && resolved["rectify"] == "each")
  }

  @Test func explicitSettingsWinOverTheVariant() throws {
    let method = try GroupCAM(settings: ["variant": "head", "merge": "normalised"])
    let resolved = Dictionary(uniqueKeysWithValues: method.resolvedSettings)
    #expect(resolved["merge"] == "normalised" && resolved["rectify"] == "each")
    let fast = Dictionary(
      uniqueKeysWithValues: try GroupCAM(settings: ["variant": "fast"]).resolvedSettings)
    #expect(fast["groups"] == "16" && fast["weights"] == "none" && fast["theta"] == "0")
  }

  @Test func fastAsksForNoGradient() async throws {
    let probe = try await probe([0, 1, 1])
    let fast = try GroupCAM(settings: ["variant": "fast", "groups": "2", "baseline": "zero"])
    let found = try await fast.explain([classZero], at: "a", with: probe)
    #expect(await probe.record.queries.map(\.gradients) == [[]])
    #expect(found.passes == [Passes(forwards: 4, backwards: 0)])
    #expect(fast.needs(probe.network).passes.backwards == 0)
  }

  @Test func scoresWithoutBaselineSkipItsPass() async throws {
    let probe = try await probe([9, 0.5, 0.75])
    let found = try await explain(probe, ["score": "prob"])
    #expect(try await found.live?.download().elements == [0, 1, 1])
    #expect(found.passes == [Passes(forwards: 3, backwards: 1)])
    // 0.5 · (0, 0.5, 0.5, 1) + 0.75 · (1, 0, 0.5, 0.25)
    #expect(try await found.raw?.download().elements == [0.75, 0.25, 0.625, 0.6875])
  }

  /// theta 50 of (0, 2, 2, 4) is 2 and of (8, 0, 4, 2) is 3; only what is strictly above stays.
  @Test func percentileClearsWhatIsNotAbove() async throws {
    let probe = try await probe([0, 1, 1])
    _ = try await explain(probe, ["theta": "50"])
    #expect(try await scored(probe)[0].elements.suffix(8) == [0, 0, 0, 1, 1, 0, 0.5, 0])
  }

  /// theta 75: 2.5 and 5 group by group; all eight values 0 0 2 2 2 4 4 8: position 5.25, 4.
  @Test func jointPercentileCanClearAWholeGroup() async throws {
    let byGroup = try await probe([0, 1, 1])
    _ = try await explain(byGroup, ["theta": "75"])
    #expect(try await scored(byGroup)[0].elements.suffix(8) == [0, 0, 0, 1, 1, 0, 0, 0])
    let jointly = try await probe([0, 1, 1])
    let found = try await explain(jointly, ["theta": "75", "theta-scope": "joint"])
    #expect(try await scored(jointly)[0].elements.suffix(8) == [0, 0, 0, 0, 1, 0, 0, 0])
    #expect(try await found.live?.download().elements == [1, 0, 1])
    #expect(found.passes == [Passes(forwards: 3, backwards: 1)])
  }

  @Test func chunksAreFilledOneAfterTheOther() async throws {
    // Three channels in two groups: balanced (0) (1 2), chunk (0 1) (2).
    let activations = HostTensor<Float>([1, 3, 1, 2], [0, 1, 0, 2, 4, 0])
    let balanced = try await probe([0, 1, 1], activations: activations)
    _ = try await explain(balanced)
    #expect(try await scored(balanced)[0].elements == [0, 0, 0, 1, 1, 0])
    let chunked = try await probe([0, 1, 1], activations: activations)
    _ = try await explain(chunked, ["split": "chunk", "merge": "raw"])
    #expect(try await scored(chunked)[0].elements == [0, 0, 0, 1, 1, 0])
    let raw = try await explain(chunked, ["split": "chunk", "merge": "raw"]).raw
    #expect(try await raw?.download().elements == [4, 3])
  }

  @Test func deadGroupEqualsTheOtherGroupsAlone() async throws {
    var withDead = HostTensor<Float>([1, 6, 1, 4], filledWith: 0)
    for index in 0..<16 { withDead[index] = Self.activations[index] }
    for index in 16..<24 { withDead[index] = -1 }
    let probeWithDead = try await probe([0.25, 0.5, 0.75, 9], activations: withDead)
    let three = try await explain(probeWithDead, ["groups": "3"])
    let two = try await explain(try await probe([0.25, 0.5, 0.75]))
    #expect(try await three.maps.download() == two.maps.download())
    #expect(try await three.live?.download().elements == [1, 1, 1, 0])
    #expect(three.passes == [Passes(forwards: 4, backwards: 1)])
    #expect(try await three.summaries().first?.isDegenerate == false)
  }

  @Test(arguments: [-1, 0, 0.1] as [Float])
  func allGroupsDeadGivesZerosAndAReason(value: Float) async throws {
    let flat = HostTensor<Float>([1, 4, 2, 2], filledWith: value)
    let probe = try await FakeProbe(
      activations: flat, gradients: HostTensor([1, 4, 2, 2], filledWith: 0.3), image: (5, 7),
      table: HostTensor([1, 3], filledWith: 1))
    let found = try await explain(probe)
    #expect(try await found.maps.download().elements.allSatisfy { $0 == 0 })
    let summary = try #require(try await found.summaries().first)
    #expect(summary.isDegenerate && summary.reason?.contains("all masks are constant") == true)
    #expect(found.passes == [Passes(forwards: 2, backwards: 1)])
  }

  @Test func noGainGivesZerosAndAReason() async throws {
    let found = try await explain(try await probe([0.5, 0.25, 0.25]))
    #expect(try await found.maps.download().elements == [0, 0, 0, 0])
    let summary = try #require(try await found.summaries().first)
    #expect(summary.isDegenerate && summary.reason?.contains("raises the score") == true)
    #expect(summary.minimum == 0 && summary.maximum == 0)
  }

  /// Theorem: one group without percentile is Grad-CAM where its gain is positive, else empty.
  @Test(arguments: [Finish.Resize.halfPixel], [0.5, 0.3, 0.1] as [Float])
  func oneGroupIsGradCAM(resize: Finish.Resize, score: Float) async throws {
    let activations = HostTensor<Float>([1, 3, 3, 3]) { Float($0 * 7 % 11) - 3 }
    let gradients = HostTensor<Float>([1, 3, 3, 3]) { Float($0 * 5 % 13) - 6 }
    let probe = try await FakeProbe(
      activations: activations, gradients: gradients, image: (8, 10),
      table: HostTensor([1, 2], [0.3, score]))
    let one = try await explain(probe, ["groups": "1"]).maps.download()
    let gradCAM = try await GradCAM().maps([classZero], at: "a", with: probe)
    #expect(gradCAM.elements.contains { $0 > 0 })
    let expected =
      score > 0.3 ? gradCAM : HostTensor<Float>([1, 1, 8, 10], filledWith: 0)
    #expect(distance(one, expected) < 1e-6)
  }

  @Test func smallImagesCannotBeBlurred() async throws {
    let probe = try await probe([0, 1, 1])
    let method = try GroupCAM(settings: ["groups": "2"])
    let obstacle = try #require(method.needs(probe.network).obstacle)
    #expect(obstacle.contains("larger than 25x25") && obstacle.contains("baseline=zero"))
    await #expect(throws: ExplanationError.self) {
      try await method.explain([classZero], at: "a", with: probe)
    }
    #expect(Baseline(.blur).obstacle(height: 26, width: 26) == nil)
    #expect(Baseline(.blur).obstacle(height: 26, width: 25) != nil)
    #expect(Baseline(.black).obstacle(height: 1, width: 1) == nil)
  }

  @Test func scoresThatAreNotFiniteAreNamed() async throws {
    let found = try await explain(try await probe([0, .nan, 1]))
    guard case .notFinite(let tensor, _) = try await found.summaries()[0].error else {
      Issue.record("no error")
      return
    }
    #expect(tensor == "scores")
  }
}
