import Execution
import Graphs
import Saliency
import Tensors
import Testing

/// A map is the same to the last bit alone, among others, and at any number of rows of a run.
@Suite("Maps do not depend on the batch")
struct MapBatchTests {
  private static let names = ["resnet-basic", "vgg", "densenet", "multi-label"]
  private static let methods: [(name: String, settings: [String: String])] = [
    ("grad-cam", [:]), ("group-cam", ["groups": "8"]), ("group-cam", ["variant": "head"]),
    ("tsgb", [:]), ("xrai", ["steps": "5"]),
  ]

  private func maps(
    _ session: Session, _ layer: LayerName, images: Int
  ) async throws -> [HostTensor<Float>] {
    let targets = (0..<images).map { Target(image: $0, choice: .top(1)) }
    var maps: [HostTensor<Float>] = []
    for method in Self.methods {
      let explainer = try Catalogue.explainer(named: method.name, settings: method.settings)
      maps.append(try await explainer.explain(targets, at: layer, with: session).maps.download())
    }
    return maps
  }

  @Test("rows of a run", arguments: names)
  func rowsDoNotMatter(name: String) async throws {
    let fixture = try MapFixtureTests.network(named: name)
    let whole = try await MapFixtureTests.open(fixture, exporter: "dynamo", .openCL)
    let expected = try await maps(whole.session, whole.layer, images: 5)
    for rows in [1, 2, 7] {
      let (session, layer) = try await MapFixtureTests.open(
        fixture, exporter: "dynamo", .openCL, rows: rows)
      let found = try await maps(session, layer, images: 5)
      #expect(await session.statistics.capacity == rows)
      for (place, pair) in zip(found, expected).enumerated() {
        let isSame = pair.0 == pair.1
        #expect(isSame, "\(name), \(rows) rows: \(Self.methods[place])")
      }
    }
  }

  @Test("images of a batch", arguments: names)
  func otherImagesDoNotMatter(name: String) async throws {
    let fixture = try MapFixtureTests.network(named: name)
    let (session, layer) = try await MapFixtureTests.open(fixture, exporter: "dynamo", .openCL)
    let together = try await maps(session, layer, images: 5)
    let pictures = try MapFixtures.tensor(fixture.input)
    for image in 0..<5 {
      let picture = try await session.upload(pictures.rows(image..<image + 1))
      let alone = try await maps(try session.with(images: picture), layer, images: 1)
      for (place, pair) in zip(alone, together).enumerated() {
        let isSame = pair.0 == pair.1.rows(image..<image + 1)
        #expect(isSame, "\(name), image \(image): \(Self.methods[place])")
      }
    }
  }
}
