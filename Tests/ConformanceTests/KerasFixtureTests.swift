import Execution
import Foundation
import Graphs
import Models
import Operators
import ReferenceBackend
import Tensors
import Testing

/// Networks that Keras exported, channels last, replayed through the importer and the reference.
@Suite struct KerasFixtureTests {
  static let folder = "\(NetworkFixture.folder)/../keras"

  @Test func probabilitiesOfAMobileNetworkAreThoseOfKeras() async throws {
    let network = try ModelFile.open("\(Self.folder)/mobile.onnx").network()
    #expect(network.logits.terminal == .softmax)
    let outputs = try await logits(of: network)
    let expected = try NetworkFixture.array("../keras/mobile.outputs.npy")
    #expect(outputs.shape == [3, 10] && expected.shape == [3, 10])
    for row in 0..<3 {
      let powers = outputs.rows(row..<row + 1).elements.map { exp(Double($0)) }
      let sum = powers.reduce(0, +)
      for (power, probability) in zip(powers, expected.rows(row..<row + 1).elements) {
        #expect(abs(power / sum - Double(probability)) < 2e-6)
      }
    }
  }

  @Test func logitsOfAPlainNetworkAreThoseOfKeras() async throws {
    let network = try ModelFile.open("\(Self.folder)/plain.onnx").network()
    #expect(network.logits.terminal == .none)
    let outputs = try await logits(of: network)
    let expected = try NetworkFixture.array("../keras/plain.outputs.npy")
    #expect(ErrorMetrics(found: outputs, expected: expected).normalised < 2e-6)
  }

  @Test func nothingIsTransposedButWhatIsFlattened() throws {
    for (name, count) in [("mobile", 0), ("plain", 1)] {
      let network = try ModelFile.open("\(Self.folder)/\(name).onnx").network()
      #expect(network.imageShape == [3, 32, 32])
      let graph = network.graph.with(outputs: [network.logits.value])
      let live = graph.liveness
      let operations = graph.nodes.filter { live.isNeeded($0.value) }.compactMap(\.operation)
      #expect(operations.count { $0 is Transpose } == count, "\(name)")
      #expect(operations.contains { $0 is Conv2D })
      #expect(operations.contains { $0 is BatchNorm } == (name == "mobile"))
      let convolutions = graph.nodes.filter { live.isNeeded($0.value) && $0.operation is Conv2D }
      #expect(name == "mobile" || convolutions.allSatisfy { $0.inputs.count == 3 }, "biases fold")
    }
  }

  private func logits(of network: Network) async throws -> HostTensor<Float> {
    let backend = ReferenceBackend()
    let pictures = try NetworkFixture.array("../keras/pictures.npy")
    #expect(pictures.shape == [3, 3, 32, 32])
    let executable = try await backend.compile(
      network.graph.with(outputs: [network.logits.value]), CompileOptions(capacity: 3))
    let results = try await executable.run(
      [try await backend.upload(pictures)], try await backend.upload(network.weights))
    return try await results[0].download()
  }
}
