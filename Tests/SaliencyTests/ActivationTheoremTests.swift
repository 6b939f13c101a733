import Execution
import Graphs
import ReferenceBackend
import Saliency
import Tensors
import Testing

/// What must hold between the class-activation methods, on a small random network.
@Suite struct ActivationTheoremTests {
  static let targets = [
    Target(image: 0, choice: .top(1)),
    Target(image: 1, choice: .outputs([.init(index: 3)])),
    Target(image: 1, choice: .outputs([.init(index: 0), .init(index: 2, weight: -1)])),
    Target(image: 0, choice: .top(2), negated: true),
  ]

  static func methods() throws -> [any Explainer] {
    [
      try GradCAM(), try GradCAMPlusPlus(), try GradCAMPlusPlus(settings: ["variant": "official"]),
      try GradCAMPlusPlus(settings: ["variant": "joint"]), try LayerCAM(), try XGradCAM(),
      try HiResCAM(), try EigenCAM(), try EigenCAM(settings: ["center": "true"]),
      try EigenGradCAM(),
    ]
  }

  private func raw(
    _ method: any Explainer, _ session: Session, _ targets: [Target] = targets
  ) async throws -> HostTensor<Float> {
    let found = try await method.explain(targets, at: TinyNetwork.layer, with: session)
    return try await ActivationFixture.raw(of: found)
  }

  private func pooled() async throws -> Session {
    try await TinyNetwork(classes: 5, globalPooling: true).session(TinyNetwork.pictures(2))
  }

  /// alpha[k] = W[c,k] / Z, with Z = 49 positions.
  @Test func behindGlobalPoolingCAMIsGradCAMTimesThePositions() async throws {
    let session = try await pooled()
    let cam = try await raw(CAM(), session)
    let gradCAM = try await raw(GradCAM(settings: ["pool": "sum"]), session)
    let scale = cam.elements.map(abs).max() ?? 0
    #expect(scale > 0.1 && distance(cam, gradCAM) < 1e-5 * scale)
    let cut = try await CAM(settings: ["relu": "true"]).maps(Self.targets, with: session)
    let maps = try await GradCAM().maps(Self.targets, with: session)
    #expect(distance(cut, maps) < 1e-5)
  }

  @Test func behindGlobalPoolingHiResCAMAndXGradCAMAreGradCAM() async throws {
    let session = try await pooled()
    let gradCAM = try await GradCAM().maps(Self.targets, with: session)
    for method in [try HiResCAM() as any Explainer, try XGradCAM()] {
      let maps = try await method.maps(Self.targets, with: session)
      #expect(distance(maps, gradCAM) < 1e-5, "\(method)")
    }
    let elsewhere = try await TinyNetwork(classes: 5).session(TinyNetwork.pictures(2))
    let other = try await GradCAM().maps(Self.targets, with: elsewhere)
    for method in [try HiResCAM() as any Explainer, try XGradCAM(), try LayerCAM()] {
      let maps = try await method.maps(Self.targets, with: elsewhere)
      #expect(distance(maps, other) > 0.02, "\(method)")
    }
  }

  /// The gradient is linear in the target, so the map of a difference is that of the difference of
  /// the raw maps, and not of the rectified ones.
  @Test func severalOutputsAreOneBackwardPass() async throws {
    let session = try await TinyNetwork(classes: 5).session(TinyNetwork.pictures(1))
    func target(_ outputs: [(Int, Float)]) -> [Target] {
      [Target(image: 0, choice: .outputs(outputs.map { .init(index: $0.0, weight: $0.1) }))]
    }
    for method in [try GradCAM() as any Explainer, try HiResCAM(), try XGradCAM()] {
      let first = try await raw(method, session, target([(0, 1)]))
      let second = try await raw(method, session, target([(2, 1)]))
      let both = try await raw(method, session, target([(0, 2), (2, -3)]))
      let expected = HostTensor<Float>(first.shape) { 2 * first[$0] - 3 * second[$0] }
      let scale = expected.elements.map(abs).max() ?? 0
      #expect(distance(both, expected) < 1e-5 * scale, "\(method)")
    }
  }

  @Test func eigenCAMIsTheSameForEveryTarget() async throws {
    let session = try await TinyNetwork(classes: 5).session(TinyNetwork.pictures(2))
    let maps = try await EigenCAM().maps(Self.targets, with: session)
    #expect(same(maps.rows(0..<1), maps.rows(3..<4)) && same(maps.rows(1..<2), maps.rows(2..<3)))
    let weighted = try await EigenCAM(settings: ["weighted": "true"]).maps(
      Self.targets, with: session)
    #expect(same(weighted, try await EigenGradCAM().maps(Self.targets, with: session)))
    #expect(distance(weighted.rows(1..<2), weighted.rows(2..<3)) > 0.02)
  }

  @Test func layerCAMIsHiResCAMWhereGradientsAreNotNegative() async throws {
    let gradients = HostTensor<Float>([1, 2, 2, 2], [1, 2, 0, 1, 0.5, 1, 2, 0])
    let probe = try await FakeProbe(
      activations: ActivationFixture.activations, gradients: gradients)
    let maps = try await LayerCAM().maps([classZero], with: probe)
    #expect(same(maps, try await HiResCAM().maps([classZero], with: probe)))
  }

  @Test func mapsDoNotDependOnOtherRows() async throws {
    let network = try TinyNetwork(classes: 5, globalPooling: true)
    let session = try await network.session(TinyNetwork.pictures(2))
    for method in try Self.methods() + [CAM()] {
      let together = try await method.maps(Self.targets, with: session)
      #expect(together.elements.contains { $0 > 0 })
      for (row, target) in Self.targets.enumerated() {
        let alone = try session.with(images: session.images)
        let map = try await method.maps([target], with: alone)
        #expect(same(map, together.rows(row..<row + 1)), "\(method)")
      }
    }
  }

  @Test func methodsShareOneForwardAndOneBackwardPass() async throws {
    let network = try TinyNetwork(classes: 5)
    let session = try await network.session(TinyNetwork.pictures(1))
    let names = ["grad-cam", "grad-cam++", "layer-cam", "xgrad-cam", "hires-cam", "group-cam"]
    var masked = 0
    for name in names + ["eigen-grad-cam", "eigen-cam"] {
      let settings = name == "group-cam" ? SessionTests.groups : [:]
      let found = try await Catalogue.explainer(named: name, settings: settings).explain(
        topTargets(0..<1), at: TinyNetwork.layer, with: session)
      if name == "group-cam" { masked = (found.passes.first?.forwards ?? 0) - 1 }
    }
    let statistics = await session.statistics
    #expect(statistics.cleanForwards == 1 && statistics.backwards == 1)
    #expect(masked > 0 && statistics.maskedRows == masked)
  }
}
