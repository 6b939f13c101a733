import Evaluation
import Graphs
import Saliency
import Tensors
import Testing

/// Measurements recorded from published programs, replayed on both engines of this machine.
///
/// The difference, relative to the scale of the entry, is at most 1e-4, or four times what single
/// precision moved the value in the peer where that is more.
@Suite("Measurements of published programs are reproduced")
struct EvaluationFixtureTests {
  private static let fixtures = try? MetricFixtures.load()
  private static let networks = Set(fixtures?.measurements.map(\.network) ?? []).sorted()

  @Test("fixtures are there")
  func fixturesAreThere() throws {
    let fixtures = try #require(Self.fixtures)
    #expect(Self.networks.count >= 4)
    let metrics = Set(fixtures.measurements.map(\.metric))
    let expected: Set = [
      "insertion", "deletion", "over-all", "average-drop", "increase", "coherency", "adcc", "arcc",
      "road", "infidelity", "max-sensitivity", "sparseness", "complexity",
    ]
    #expect(metrics == expected)
  }

  @Test("values", arguments: networks, MapFixtureTests.Engine.own)
  func valuesAgree(name: String, engine: MapFixtureTests.Engine) async throws {
    let fixtures = try #require(Self.fixtures)
    let network = try MapFixtureTests.network(named: name)
    let (session, layer) = try await MapFixtureTests.open(network, exporter: "legacy", engine)
    var count = 0
    for entry in fixtures.measurements where entry.network == name {
      // The reference is slow: one picture of each entry, and none of those with a hundred steps.
      let images = Array(entry.values.indices.prefix(engine == .reference ? 1 : entry.values.count))
      if engine == .reference, entry.settings["step"] == "paper" { continue }
      let found: [Measurement]
      if entry.black == "minimum" {
        found = try await measureOnItsOwnBlack(entry, images, network, engine, fixtures)
      } else {
        found = try await measure(entry, images, session, layer, fixtures)
      }
      var (worst, compared) = (0.0, 0)
      for (image, measurement) in zip(images, found) {
        let value = try #require(measurement.value, "\(engine): \(entry): \(measurement)")
        guard let expected = entry.values[image] else {
          // The map is constant, or that of the changed image is.
          #expect(
            measurement.isDegenerate || measurement.reason != nil,
            "\(engine): \(entry), image \(image): \(measurement)")
          continue
        }
        let distance = abs(value - expected) / entry.scale
        let limit = max(1e-4, 4 * (entry.float32Distances[image] ?? 0))
        #expect(
          distance <= limit, "\(engine): \(entry), image \(image): \(value), not \(expected)")
        worst = max(worst, distance)
        compared += 1
      }
      count += compared
      MethodTable.say(
        MethodTable.Line(
          method: entry.metric, variant: MethodTable.variant(of: entry.settings), peer: entry.peer,
          network: name, engine: engine, worst: Float(worst), count: compared))
    }
    #expect(count >= (engine == .reference ? 45 : 150))
  }

  /// The subjects of an entry, measured.
  private func measure(
    _ entry: MetricFixtures.Entry, _ images: [Int], _ session: Session, _ layer: LayerName,
    _ fixtures: MetricFixtures
  ) async throws -> [Measurement] {
    let targets = try images.map { try #require(Target(entry.target, image: $0)) }
    let metric = try MetricCatalogue.metric(named: entry.metric, settings: entry.settings)
    let subjects: Subjects
    if let name = entry.method {
      let explainer = try Catalogue.explainer(
        named: name, settings: entry.methodSettings ?? [:])
      let explanation = try await explainer.explain(targets, at: layer, with: session)
      subjects = Subjects(
        targets: targets, maps: explanation.maps,
        attributions: explainer.gradientDisplay == nil ? nil : explanation.raw,
        maker: Maker(explainer, at: [layer]))
    } else {
      let maps = try #require(try fixtures.maps(entry.maps ?? ""))
      subjects = Subjects(
        targets: targets, maps: try await session.take(images, of: session.upload(maps)))
    }
    return try await metric.measure(subjects, with: session)
  }

  /// The same where black is the least value of each picture.
  private func measureOnItsOwnBlack(
    _ entry: MetricFixtures.Entry, _ images: [Int], _ network: MapFixtures.Network,
    _ engine: MapFixtureTests.Engine, _ fixtures: MetricFixtures
  ) async throws -> [Measurement] {
    let pictures = try MapFixtures.tensor(network.input)
    var found: [Measurement] = []
    for image in images {
      let least = try #require(pictures.rows(image..<image + 1).elements.min())
      let (session, layer) = try await MapFixtureTests.open(
        network, exporter: "legacy", engine, black: [least])
      found += try await measure(entry, [image], session, layer, fixtures)
    }
    return found
  }
}
