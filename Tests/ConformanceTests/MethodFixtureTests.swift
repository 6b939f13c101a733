import Graphs
import Saliency
import Tensors
import Testing

/// Maps recorded from published packages, replayed on both engines of this machine.
///
/// The largest difference, relative to the largest value for signed maps, is at most 1e-4, or four
/// times what single precision moved the map in the package where that is more.
@Suite("Maps of published packages are reproduced")
struct MethodFixtureTests {
  private static let families = (try? MethodFixtures.families()) ?? []

  @Test("fixtures are there")
  func fixturesAreThere() {
    #expect(Self.families.contains("cam"))
  }

  @Test("maps", arguments: families, MapFixtureTests.Engine.own)
  func mapsAgree(family: String, engine: MapFixtureTests.Engine) async throws {
    let entries = try MethodFixtures.load(family)
    #expect(!entries.isEmpty)
    for name in Set(entries.map(\.network)).sorted() {
      let network = try MapFixtureTests.network(named: name)
      let (session, layer) = try await MapFixtureTests.open(network, exporter: "legacy", engine)
      for entry in entries where entry.network == name {
        let layers = entry.layers.map { name in
          name == MethodFixtures.lastLayer ? layer : LayerName(name)
        }
        try await check(entry, session, layers, engine)
      }
    }
  }

  private func check(
    _ entry: MethodFixtures.Entry, _ session: Session, _ layers: [LayerName],
    _ engine: MapFixtureTests.Engine
  ) async throws {
    let expected = try entry.maps()
    let counting = entry.cases.filter { $0.counts }
    #expect(counting.count >= 2, "\(entry)")
    // The reference is slow: one picture of each entry.
    let cases = engine == .reference ? Array(counting.prefix(1)) : counting
    let targets = try cases.map { try #require(Target(entry.target, image: $0.image)) }
    let method = try Catalogue.explainer(named: entry.method, settings: entry.settings)
    let explanation = try await method.explain(targets, at: layers, with: session)
    let found = try await explanation.maps.download()
    #expect(found.elements.allSatisfy { $0.isFinite }, "\(engine): \(entry)")
    let size = found.shape.row.elementCount
    try #require(size == expected.shape.row.elementCount, "\(engine): \(entry)")
    var worst: Float = 0
    for (place, known) in cases.enumerated() {
      let metrics = ErrorMetrics(
        found: found.rows(place..<place + 1).reshaped([size]),
        expected: expected.rows(known.image..<known.image + 1).reshaped([size]))
      let distance = Float(metrics.maximumAbsolute) / known.scale
      let limit = max(1e-4, 4 * known.float32Distance)
      #expect(distance <= limit, "\(engine): \(entry), image \(known.image)")
      worst = max(worst, distance)
    }
    MethodTable.say(
      .init(
        method: entry.method, variant: MethodTable.variant(of: entry.settings), peer: entry.peer,
        network: entry.network, engine: engine, worst: worst, count: cases.count))
  }

  @Test("no method is a copy of another")
  func noCopies() throws {
    var labels: [String: [MethodFixtures.Entry]] = [:]
    var maps: [String: HostTensor<Float>] = [:]
    for family in Self.families {
      for entry in try MethodFixtures.load(family) {
        labels[entry.label, default: []].append(entry)
        maps[entry.file] = try entry.maps()
      }
    }
    let names = labels.keys.sorted()
    for (place, first) in names.enumerated() {
      for second in names.dropFirst(place + 1) {
        let distance = Self.distance(
          labels[first, default: []], labels[second, default: []], maps)
        #expect(distance > 0.02, "\(first) and \(second)")
      }
    }
  }

  /// The largest difference of two methods on one picture, each map relative to its largest value.
  private static func distance(
    _ first: [MethodFixtures.Entry], _ second: [MethodFixtures.Entry],
    _ maps: [String: HostTensor<Float>]
  ) -> Float {
    var largest: Float = 0
    for a in first {
      for b in second
      where a.network == b.network && a.layer == b.layer && a.target == b.target {
        guard let x = maps[a.file], let y = maps[b.file] else { continue }
        // Three channels and one are no copies of each other.
        guard x.shape == y.shape else { return 1 }
        for image in 0..<x.shape[0] {
          largest = max(largest, difference(x.rows(image..<image + 1), y.rows(image..<image + 1)))
        }
      }
    }
    return largest
  }

  private static func difference(_ a: HostTensor<Float>, _ b: HostTensor<Float>) -> Float {
    let scales = [a, b].map { $0.elements.map(abs).max() ?? 0 }
    guard scales.allSatisfy({ $0 > 0 }) else { return 0 }
    return zip(a.elements, b.elements).map { abs($0 / scales[0] - $1 / scales[1]) }.max() ?? 0
  }
}
