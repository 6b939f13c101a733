import Execution
import Saliency
import Tensors
import Testing

/// Group-CAM with clusters for groups, on numbers made by hand.
@Suite struct GroupClusterTests {
  /// Channels 0 and 2 are alike, and so are 1 and 3.
  static let activations = HostTensor<Float>(
    [1, 4, 1, 4], [0, 1, 2, 3, 8, 0, 0, 1, 0, 1, 0, 1, 9, 0, 4, 1])

  private func masks(_ settings: [String: String]) async throws -> HostTensor<Float> {
    let probe = try await FakeProbe(
      activations: Self.activations,
      gradients: HostTensor(Self.activations.shape, filledWith: 1),
      table: HostTensor([1, 3], [0.25, 0.5, 0.75]))
    let all = ["groups": "2", "theta": "0", "baseline": "zero"].merging(settings) { $1 }
    _ = try await GroupCAM(settings: all).explain([classZero], at: "a", with: probe)
    let field = try #require(await probe.record.fields.first)
    guard case .grid(let maps, let affine, _, _, _) = field.geometry else {
      return HostTensor([0], [])
    }
    #expect(try await affine.download().elements == [0, 0, 1, 0, 1, 0])
    return try await maps.download()
  }

  /// Sums (0, 2, 2, 4) and (17, 0, 4, 2), normalised.
  @Test(arguments: [["cluster": "ward"], ["cluster": "kmeans"]])
  func channelsThatAreAlikeAreAGroup(_ settings: [String: String]) async throws {
    let found = try await masks(settings)
    let expected: [Float] = [0, 0, 0, 0, 0, 0.5, 0.5, 1, 1, 0, 4.0 / 17, 2.0 / 17]
    for (a, b) in zip(found.elements, expected) { #expect(abs(a - b) < 1e-6) }
    #expect(found.shape.elementCount == expected.count)
  }

  @Test func drawnCentresNeedASeedAndNothingElse() async throws {
    let settings = ["cluster": "kmeans", "kmeans-init": "plusplus", "seed": "7"]
    #expect(try await masks(settings) == masks(settings))
    #expect(throws: SettingError.self) { try GroupCAM(settings: ["seed": "-1"]) }
    #expect(throws: SettingError.self) { try GroupCAM(settings: ["cluster": "spectral"]) }
  }

  /// Equal channels make one cluster: the missing ones are skipped.
  @Test func missingClustersAreSkipped() async throws {
    let equal = HostTensor<Float>([1, 4, 1, 4]) { Float($0 % 4) }
    for cluster in ["ward", "kmeans"] {
      let probe = try await FakeProbe(
        activations: equal, gradients: HostTensor(equal.shape, filledWith: 1),
        table: HostTensor([1, 4], [0.25, 0.5, 0.75, 0.5]))
      let method = try GroupCAM(
        settings: ["groups": "3", "theta": "0", "baseline": "zero", "cluster": cluster])
      let found = try await method.explain([classZero], at: "a", with: probe)
      #expect(try await found.live?.download().elements == [1, 1, 0, 0])
      #expect(try await found.maps.download().elements.allSatisfy { $0.isFinite })
    }
  }

  /// A map does not depend on the other targets of a batch.
  @Test func clustersOfATargetAreItsOwn() async throws {
    let session = try await TinyNetwork(classes: 5).session(TinyNetwork.pictures(3))
    let targets = topTargets(0..<3)
    for cluster in ["ward", "kmeans"] {
      let method = try GroupCAM(settings: ["groups": "4", "theta": "0", "cluster": cluster])
      let maps = try await method.maps(targets, with: session)
      for (row, target) in targets.enumerated() {
        let alone = try await method.maps([target], with: session)
        #expect(same(alone, maps.rows(row..<row + 1)))
      }
      #expect(
        !same(try await GroupCAM(settings: ["groups": "4"]).maps(targets, with: session), maps))
    }
  }
}
