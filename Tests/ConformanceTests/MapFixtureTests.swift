import Execution
import Graphs
import KernelLibrary
import Models
import OpenCLBackend
import OpenCLRuntime
import ReferenceBackend
import Saliency
import Tensors
import Testing

/// Maps recorded in double precision by independent code, replayed on every engine of this machine.
///
/// The largest difference is at most 1e-4, or four times what single precision moved the map in
/// the recording code where that is more.
@Suite("Recorded maps are reproduced")
struct MapFixtureTests {
  /// What computes.
  enum Engine: String, CaseIterable, Sendable {
    case reference
    case openCL
    /// The kernels for GPUs, on the CPU.
    case gpuKernels

    /// Those that replay every network.
    static let own: [Engine] = [.reference, .openCL]
  }

  private static let queue = Task { () throws -> DeviceQueue in
    let device = try #require(try Device.all().first { $0.kind == .cpu })
    return try DeviceQueue(device: device, library: KernelLibrary())
  }

  static func backend(_ engine: Engine) async throws -> any Backend {
    switch engine {
    case .reference: ReferenceBackend()
    case .openCL: OpenCLBackend(queue: try await queue.value)
    case .gpuKernels:
      OpenCLBackend(
        queue: try await queue.value, traits: DeviceTraits(family: .gpu, floatWidth: 1))
    }
  }

  private static let networks = (try? MapFixtures.load().networks) ?? []

  /// A network of the fixtures.
  static func network(named name: String) throws -> MapFixtures.Network {
    try #require(networks.first { $0.name == name })
  }

  /// A network of the fixtures with its session and the name of the recorded layer.
  static func open(
    _ network: MapFixtures.Network, exporter: String, _ engine: Engine, rows: Int = 64,
    black: [Float] = SessionOptions.imageNetBlack
  ) async throws -> (session: Session, layer: LayerName) {
    let file = try #require(network.exporters[exporter])
    let path = MapFixtures.folder.appending(path: file).path()
    let pictures = try MapFixtures.tensor(network.input)
    let model = try ModelFile.open(path).network(
      size: (height: pictures.shape[2], width: pictures.shape[3]))
    let backend = try await backend(engine)
    let scores = try #require(ScoreFunction(rawValue: network.scores))
    let session = try Session(
      network: model.graph.with(outputs: [model.logits.value]),
      parameters: try await backend.upload(model.weights),
      images: try await backend.upload(pictures), backend: backend,
      options: SessionOptions(scores: scores, rows: rows, blackLevel: black))
    return (session, LayerName(try model.layer(named: network.layer).tensor))
  }

  @Test("fixtures are there")
  func fixturesAreThere() throws {
    #expect(Self.networks.count >= 11)
    #expect(Self.networks.flatMap(\.maps).count >= 71)
  }

  @Test("logits", arguments: networks.map(\.name), Engine.own)
  func logitsAgree(name: String, engine: Engine) async throws {
    let network = try Self.network(named: name)
    let expected = try MapFixtures.tensor(network.logits)
    for exporter in network.exporters.keys.sorted() {
      let (session, _) = try await Self.open(network, exporter: exporter, engine)
      let targets = (0..<expected.shape[0]).map { Target(image: $0, choice: .top(1)) }
      let found = try await session.evidence(Query(targets: targets)).outputs.download()
      let metrics = ErrorMetrics(found: found, expected: expected)
      #expect(metrics.normalised <= 1e-4, "\(name)-\(exporter): \(metrics)")
    }
  }

  @Test("maps", arguments: networks.map(\.name), Engine.own)
  func mapsAgree(name: String, engine: Engine) async throws {
    let network = try Self.network(named: name)
    for exporter in network.exporters.keys.sorted() {
      let (session, layer) = try await Self.open(network, exporter: exporter, engine)
      for recorded in network.maps {
        let worst = try await check(recorded, session, layer, "\(name)-\(exporter) \(engine)")
        guard exporter == "legacy", let worst else { continue }
        MethodTable.say(
          .init(
            method: recorded.method, variant: MethodTable.variant(of: recorded.settings),
            peer: "paper and published code, written out", network: name, engine: engine,
            worst: worst, count: recorded.cases.count { $0.counts }))
      }
    }
  }

  @Test(
    "logits and maps by the kernels for GPUs",
    arguments: [("resnext", 4), ("vgg", 4), ("mobilenet", 4), ("densenet", 4)])
  func gpuKernelsAgree(name: String, count: Int) async throws {
    try await logitsAgree(name: name, engine: .gpuKernels)
    try await mapsAgree(name: name, engine: .gpuKernels)
    #expect(try Self.network(named: name).maps.count == count)
  }

  /// The largest difference of a case that counts; nil where none does.
  private func check(
    _ recorded: MapFixtures.Recorded, _ session: Session, _ layer: LayerName, _ place: String
  ) async throws -> Float? {
    let expected = try MapFixtures.tensor(recorded.file)
    let targets = try (0..<expected.shape[0]).map { image in
      try #require(Target(recorded.target.text, image: image))
    }
    let method = try Catalogue.explainer(named: recorded.method, settings: recorded.settings)
    let explanation = try await method.explain(targets, at: layer, with: session)
    let found = try await explanation.maps.download()
    let summaries = try await explanation.summaries()
    #expect(found.elements.allSatisfy { $0.isFinite }, "\(place): \(recorded)")
    var worst: Float?
    for known in recorded.cases where known.counts {
      let image = known.image..<known.image + 1
      let size = found.shape.row.elementCount
      let metrics = ErrorMetrics(
        found: found.rows(image).reshaped([size]), expected: expected.rows(image).reshaped([size]))
      let distance = Float(metrics.maximumAbsolute) / known.scale
      let limit = max(1e-4, 4 * known.float32Distance)
      #expect(distance <= limit, "\(place): \(recorded), image \(known.image)")
      #expect(
        summaries[known.image].isDegenerate == known.degenerate,
        "\(place): \(recorded), image \(known.image)")
      worst = max(worst ?? 0, distance)
    }
    return worst
  }
}
