import Execution
import Saliency
import Tensors
import Testing

/// Maps of several layers as one, on numbers made by hand: one channel, gradients of 1.
@Suite struct FusionTests {
  /// Layer `a` has two columns 1, 4, layer `b` four columns; images have four.
  private func probe(_ b: [Float] = [0, 2, 2, 0]) async throws -> FakeProbe {
    func ones(_ count: Int) -> HostTensor<Float> { HostTensor([1, 1, 1, count], filledWith: 1) }
    var probe = try await FakeProbe(
      activations: HostTensor([1, 1, 1, 2], [1, 4]), gradients: ones(2), image: (1, 4))
    probe.others["b"] = (HostTensor([1, 1, 1, b.count], b), ones(b.count))
    return probe
  }

  /// A fused map and the range before its last normalisation.
  struct Expectation: Sendable {
    let settings: [String: String]
    let map: [Float]
    let range: [Float]

    /// Layer a becomes 0, 1/4, 3/4, 1 and layer b 0, 1, 1, 0 before they are fused.
    static let all = [
      Expectation(settings: ["fuse": "mean"], map: [0, 5 / 7, 1, 4 / 7], range: [0, 0.875]),
      Expectation(settings: ["fuse": "max"], map: [0, 1, 1, 1], range: [0, 1]),
      Expectation(
        settings: ["fuse": "mean", "finish": "library"], map: [0, 5 / 7, 1, 4 / 7],
        range: [0, 0.875]),
      Expectation(
        settings: ["fuse": "mean", "finish": "torchcam"], map: [0, 0.625, 0.875, 0.5],
        range: [0, 0.875]),
      Expectation(
        settings: ["fuse": "max", "finish": "torchcam"], map: [0, 1, 1, 1], range: [0, 1]),
      // 1/4, 7/16, 13/16, 1 and the same layer b, min-maxed after the mean.
      Expectation(
        settings: ["fuse": "mean", "finish": "pair"], map: [0, 19 / 25, 1, 12 / 25],
        range: [0.125, 0.90625]),
      // Aligned corners: 1, 2, 3, 4 and 0, 2, 2, 0, as they are.
      Expectation(
        settings: ["fuse": "mean", "finish": "raw"], map: [0.5, 2, 2.5, 2], range: [0.5, 2.5]),
      Expectation(
        settings: ["fuse": "max", "finish": "raw"], map: [1, 2, 3, 4], range: [1, 4]),
    ]
  }

  @Test(arguments: Expectation.all)
  func mapsAreFusedAtTheSizeOfTheImage(expected: Expectation) async throws {
    for method in ["grad-cam", "layer-cam", "hires-cam"] {
      let found = try await Catalogue.explainer(named: method, settings: expected.settings)
        .explain([classZero], at: ["a", "b"], with: probe())
      let maps = try await found.maps.download()
      #expect(distance(maps, HostTensor([1, 1, 1, 4], expected.map)) < 1e-6, "\(expected)")
      let ranges = try await found.ranges.download()
      #expect(distance(ranges, HostTensor([1, 2], expected.range)) < 1e-6, "\(expected)")
      #expect(found.passes == [Passes(forwards: 1, backwards: 1)])
      #expect(found.notes.isEmpty)
    }
  }

  @Test func oneForwardAndOneBackwardPassServeAllLayers() async throws {
    let probe = try await probe()
    let method = try LayerCAM(settings: ["fuse": "max"])
    _ = try await method.explain([classZero], at: ["a", "b"], with: probe)
    let queries = await probe.record.queries
    #expect(queries.count == 1)
    #expect(queries.first?.activations == ["a", "b"] && queries.first?.gradients == ["a", "b"])
  }

  @Test func oneLayerIsItsOwnMapAndSaysSo() async throws {
    let probe = try await probe()
    for finish in Finish.Order.allCases.map(\.rawValue) {
      let plain = try GradCAM(settings: ["finish": finish])
      let fusing = try GradCAM(settings: ["finish": finish, "fuse": "mean"])
      let found = try await fusing.explain([classZero], at: ["a"], with: probe)
      #expect(
        same(
          try await found.maps.download(), try await plain.maps([classZero], at: "a", with: probe)))
      #expect(found.notes.map(\.text) == ["fuse=mean: there is one layer only"])
    }
  }

  @Test func severalLayersWithoutFuseAreRefused() async throws {
    let probe = try await probe()
    for name in ["grad-cam", "group-cam", "eigen-cam"] {
      let method = try Catalogue.explainer(named: name)
      await #expect(throws: ExplanationError.self) {
        try await method.explain([classZero], at: ["a", "b"], with: probe)
      }
    }
  }

  @Test func anEmptyLayerAddsNothing() async throws {
    let probe = try await probe([0, 0])
    let found = try await GradCAM(settings: ["fuse": "mean"])
      .explain([classZero], at: ["a", "b"], with: probe)
    let maps = try await found.maps.download()
    #expect(distance(maps, HostTensor([1, 1, 1, 4], [0, 0.25, 0.75, 1])) < 1e-6)
    let empty = try await GradCAM(settings: ["fuse": "mean"])
      .explain([classZero], at: ["b", "b"], with: probe)
    #expect(try await empty.maps.download().elements == [0, 0, 0, 0])
    let summary = try #require(try await empty.summaries().first)
    #expect(summary.isDegenerate && summary.reason?.contains("layer b, b") == true)
  }

  @Test func groupCAMFusesItsFinishedMaps() async throws {
    let network = try TinyNetwork(classes: 5)
    let settings = ["groups": "6", "theta": "40"]
    let plain = try GroupCAM(settings: settings)
    let session = try await network.session(TinyNetwork.pictures(2))
    let targets = topTargets(0..<2)
    let first = try await plain.maps(targets, at: "first", with: session)
    let last = try await plain.maps(targets, at: "last", with: session)
    let fusing = try GroupCAM(settings: settings.merging(["fuse": "mean"]) { $1 })
    let alone = try await network.session(TinyNetwork.pictures(2))
    let found = try await fusing.explain(targets, at: ["first", "last"], with: alone)
    let maps = try await found.maps.download()
    let size = 28 * 28
    for image in 0..<2 {
      let mean = (0..<size).map { (first[image * size + $0] + last[image * size + $0]) / 2 }
      let (low, high) = (mean.min() ?? 0, mean.max() ?? 0)
      let expected = mean.map { ($0 - low) / (high - low) }
      #expect(
        distance(maps.rows(image..<image + 1), HostTensor([1, 1, 28, 28], expected)) < 1e-6)
    }
    let statistics = await alone.statistics
    #expect(statistics.cleanForwards == 2 && statistics.backwards == 2)
    #expect(found.passes.map(\.forwards).reduce(0, +) == statistics.maskedRows + 2)
    #expect(found.passes.map(\.backwards) == [1, 1])
  }
}
