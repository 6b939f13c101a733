import Execution
import Foundation
import Imaging
import Models
import ReferenceBackend
import Tensors
import Testing

/// The bundled models against what PyTorch said about two scenes each.
@Suite struct BundledModelTests {
  private struct Recorded: Decodable {
    let picture: String
    let logits: [Double]
  }

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/scenes")

  @Test(arguments: BuiltInModel.allCases) func logitsEqualTheRecordedOnes(
    model: BuiltInModel
  ) async throws {
    let file = Self.folder.appendingPathComponent("\(model.rawValue).json")
    let recorded = try JSONDecoder().decode([Recorded].self, from: Data(contentsOf: file))
    #expect(recorded.count == 2)
    let network = try ModelFile.open(model.rawValue).network()
    for row in recorded {
      let bytes = try Data(contentsOf: Self.folder.appendingPathComponent(row.picture))
      let picture = try PictureFile(Array(bytes)).picture
      let found = try await logits(network, picture)
      #expect(found.count == row.logits.count)
      let scale = row.logits.map(abs).max() ?? 1
      for (value, expected) in zip(found, row.logits) {
        #expect(abs(Double(value) - expected) < 1e-5 * scale)
      }
    }
  }

  private func logits(_ network: Network, _ picture: Picture) async throws -> [Float] {
    var values: [Float] = []
    for channel in 0..<3 {
      for place in stride(from: channel, to: picture.bytes.count, by: 3) {
        values.append((Float(picture.bytes[place]) / 255 - 0.5) / 0.25)
      }
    }
    let backend = ReferenceBackend()
    let image = try await backend.upload(
      HostTensor([1, 3, picture.height, picture.width], values))
    let executable = try await backend.compile(
      network.graph.with(outputs: [network.logits.value]), CompileOptions(capacity: 1))
    let outputs = try await executable.run([image], try await backend.upload(network.weights))
    return try await outputs[0].download().elements
  }
}
