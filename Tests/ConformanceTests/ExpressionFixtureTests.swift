import Execution
import Foundation
import Graphs
import Jobs
import Models
import Saliency
import Salient
import Tensors
import Testing

/// Random expressions over the outputs of networks with their values and gradients by PyTorch's
/// autograd in double precision, replayed on both engines of this machine.
///
/// Values and gradients are within 1e-4, gradients relative to their norm.
@Suite("Expressions are worth what autograd says")
struct ExpressionFixtureTests {
  struct Recorded: Decodable {
    struct Gradient: Decodable {
      let norm: Double
      let places: [Int]
      let values: [Double]
    }

    let network: String
    let image: Int
    let text: String
    let value: Double
    let layer: Gradient
    let input: Gradient
  }

  struct Document: Decodable {
    let layers: [String: String]
    let expressions: [Recorded]
  }

  private static let folder = MapFixtures.folder.deletingLastPathComponent()
    .appending(path: "expressions")

  private static let document = try? JSONDecoder().decode(
    Document.self, from: Data(contentsOf: folder.appending(path: "expressions.json")))

  @Test("all are there")
  func allAreThere() throws {
    let document = try #require(Self.document)
    #expect(document.expressions.count == 200)
    #expect(document.layers.count == 6)
    #expect(Set(document.expressions.map(\.text)).count > 190)
  }

  @Test("values and gradients", arguments: MapFixtureTests.Engine.own)
  func agree(engine: MapFixtureTests.Engine) async throws {
    let document = try #require(Self.document)
    var count = 0
    for (name, layer) in document.layers.sorted(by: { $0.key < $1.key }) {
      let network = try Self.network(name)
      let session = try await Self.session(network, engine)
      let tap = LayerName(try network.layer(named: layer).tensor)
      let context = TargetContext(
        outputCount: network.classCount ?? 0, labels: nil, scores: .softmax,
        outputs: network.namedOutputs)
      for recorded in document.expressions where recorded.network == name {
        try await check(recorded, session, tap, context, engine)
        count += 1
      }
    }
    #expect(count == 200)
  }

  private static func network(_ name: String) throws -> Network {
    let own = folder.appending(path: "\(name).onnx").path()
    let path =
      FileManager.default.fileExists(atPath: own)
      ? own : MapFixtures.folder.appending(path: "\(name)-legacy.onnx").path()
    return try ModelFile.open(path).network(size: (32, 32))
  }

  private static func session(
    _ network: Network, _ engine: MapFixtureTests.Engine
  ) async throws -> Session {
    let pictures = try MapFixtures.tensor("pictures.input.npy")
    let backend = try await MapFixtureTests.backend(engine)
    return try Session(
      network: network.explained, parameters: try await backend.upload(network.weights),
      images: try await backend.upload(pictures), backend: backend)
  }

  private func check(
    _ recorded: Recorded, _ session: Session, _ layer: LayerName, _ context: TargetContext,
    _ engine: MapFixtureTests.Engine
  ) async throws {
    let place: Comment = "\(engine) \(recorded.network), image \(recorded.image): \(recorded.text)"
    let request = try #require(try context.targets([recorded.text]).first)
    let target = request.target(image: recorded.image)
    try #require(target.expression != nil, place)
    let evidence = try await session.evidence(
      Query(targets: [target], activations: [layer], gradients: [layer, .input]))
    let value = Double(try #require(try await evidence.values?.download())[0])
    #expect(abs(value - recorded.value) <= 1e-4 * abs(recorded.value), place)
    for (name, known) in [(layer, recorded.layer), (.input, recorded.input)] {
      let tensor = try #require(evidence.gradients[name])
      let found = try await tensor.download().elements.map(Double.init)
      let norm = found.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(norm - known.norm) <= 1e-4 * known.norm, place)
      for (index, expected) in zip(known.places, known.values) {
        #expect(abs(found[index] - expected) <= 1e-4 * known.norm, place)
      }
    }
  }
}
