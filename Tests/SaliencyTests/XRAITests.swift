import Execution
import Graphs
import Saliency
import Synchronization
import Tensors
import Testing

/// XRAI on gradients made by hand.
@Suite struct XRAITests {
  private static let size = (16, 16)

  /// A probe whose gradient at an image is what a test says.
  private static func probe(
    rows: Int = 1,
    _ gradient: @escaping @Sendable (HostTensor<Float>) -> HostTensor<Float>
  ) async throws -> FakeProbe {
    let none = HostTensor<Float>([rows, 1, 2, 2], filledWith: 0)
    var probe = try await FakeProbe(activations: none, gradients: none, image: size)
    probe.images = try await probe.upload(
      HostTensor([rows, 1, 16, 16]) { index in
        let (image, y, x) = (index / 256, index / 16 % 16, index % 16)
        return (x < 8 ? -1 : 1) * Float(image + 1) + Float((x * 5 + y * 3) % 7) / 70
      })
    probe.respond = { images in
      (HostTensor([images.shape[0], 2], filledWith: 0), gradient(images))
    }
    return probe
  }

  private static func linear(_ images: HostTensor<Float>) -> HostTensor<Float> {
    HostTensor(images.shape) { index in index % 256 / 16 < 8 ? 2 : -1 }
  }

  @Test func linearTargetIsTheWeightTimesTheWay() async throws {
    let probe = try await Self.probe(Self.linear)
    let method = try XRAI(settings: ["steps": "7", "min-diff": "1"])
    let found = try await method.explain([classZero], at: "none", with: probe)
    let map = try await found.maps.download()
    #expect(map.shape == [1, 1, 16, 16])
    let x = try await probe.images.download().elements
    let ends = [x.min() ?? 0, x.max() ?? 0]
    let attribution = x.indices.map { pixel in
      (pixel / 16 < 8 ? 2 : -1) * (x[pixel] - (ends[0] + ends[1]) / 2)
    }
    let masks = PictureSegments().masks(of: try await probe.images.download())
    let expected = RegionGrowth(fewestPixels: 1).full(attribution, masks).map
    #expect(zip(map.elements, expected).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(Set(map.elements).count > 1)
    #expect(found.notes == [Note(target: 0, "the picture was segmented at 224x224")])
    #expect(found.passes == [Passes(forwards: 15, backwards: 14)])
    #expect(method.needs(probe.network).passes == Passes(forwards: 15, backwards: 14))
  }

  /// Places along the way, both ends included, from each baseline.
  @Test(arguments: ["min-max", "black-white"])
  func pathsBeginAtTheBaselines(baseline: String) async throws {
    let seen = Seen()
    let probe = try await Self.probe { images in
      seen.add(images)
      return Self.linear(images)
    }
    let method = try XRAI(settings: ["steps": "5", "baseline": baseline])
    _ = try await method.explain([classZero], at: "none", with: probe)
    let x = try await probe.images.download().elements
    let levels = probe.blackLevel + probe.whiteLevel
    let starts = baseline == "min-max" ? [x.min() ?? 0, x.max() ?? 0] : levels
    var expected: [Float] = []
    for start in starts {
      for step in 0..<5 { expected += x.map { start + Float(step) / 4 * ($0 - start) } }
    }
    let found = seen.elements
    #expect(found.count == expected.count)
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func targetsAndStepsDoNotTouchEachOther() async throws {
    let gradient: @Sendable (HostTensor<Float>) -> HostTensor<Float> = { images in
      HostTensor(images.shape, images.elements.map { $0 * $0 - 0.3 * $0 })
    }
    let probe = try await Self.probe(rows: 3, gradient)
    let method = try XRAI(settings: ["steps": "50"])
    let targets = [2, 0, 1, 2].map { Target(image: $0, choice: .outputs([.init(index: 0)])) }
    var many = probe
    many.outputs = HostTensor([4, 2], filledWith: 0)
    let together = try await method.maps(targets, with: many)
    var one = probe
    one.outputs = HostTensor([1, 2], filledWith: 0)
    for (row, target) in targets.enumerated() {
      let alone = try await method.maps([target], with: one)
      #expect(same(alone, together.rows(row..<row + 1)))
    }
  }

  @Test func nothingToAttributeIsAnEmptyMap() async throws {
    let probe = try await Self.probe { HostTensor($0.shape, filledWith: 0) }
    let found = try await XRAI(settings: ["steps": "3"])
      .explain([classZero], at: "none", with: probe)
    let summary = try #require(try await found.summaries().first)
    #expect(summary.isDegenerate && summary.error == nil)
    #expect(summary.reason?.contains("zero everywhere") == true)
  }

  @Test func gradientsThatAreNoNumbersAreNamed() async throws {
    let probe = try await Self.probe { HostTensor($0.shape, filledWith: .nan) }
    let found = try await XRAI(settings: ["steps": "3"])
      .explain([classZero], at: "none", with: probe)
    let summary = try #require(try await found.summaries().first)
    #expect(summary.error?.description == "integrated gradients hold NaN or infinity")
  }

  @Test func settingsHaveRanges() throws {
    #expect(throws: SettingError.self) { try XRAI(settings: ["steps": "1"]) }
    #expect(throws: SettingError.self) { try XRAI(settings: ["area": "1.5"]) }
    #expect(throws: SettingError.self) { try XRAI(settings: ["min-diff": "0"]) }
    #expect(throws: SettingError.self) { try XRAI(settings: ["algorithm": "slow"]) }
    #expect(try XRAI().readsLayer == false)
  }
}

/// The images that a probe was asked about, in order.
private final class Seen: Sendable {
  private let list = Mutex<[Float]>([])

  func add(_ images: HostTensor<Float>) { list.withLock { $0 += images.elements } }

  var elements: [Float] { list.withLock { $0 } }
}
