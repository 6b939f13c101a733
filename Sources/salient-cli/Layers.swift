import ArgumentParser
import Jobs
import Models
import Salient

/// `salient layers`: every tensor that can be tapped.
struct Layers: Verb {
  static let configuration = CommandConfiguration(
    commandName: "layers",
    abstract: "Every tensor that can be tapped: name, shape, stride; * at the automatic choice.",
    discussion: """
      ONNX operators that are read: \(OnnxImporter.supportedOperators.joined(separator: ", ")).
      """)

  static let examples = ["salient layers net.onnx", "salient layers net.onnx --json"]

  @Argument(help: "The network: an ONNX file.")
  var file: String?

  @OptionGroup(title: "Model") var model: ModelOptions

  @Flag(help: "Print one JSON document.")
  var json = false

  func perform() async throws(Failure) -> Int32 {
    let path = try model.path(file, "salient layers net.onnx")
    let network = try model.network(path, listsOperators: !json)
    let automatic = try? network.layer(nil)
    let layers = network.layers.filter { $0.shape.rank == 4 }
    Terminal.say(
      json ? document(path, network, layers, automatic) : table(layers, network, automatic))
    return 0
  }

  /// Height and width of the image over those of the layer.
  private func stride(_ layer: Network.Layer, _ network: Network) -> String {
    let (height, width) = (network.imageShape[1], network.imageShape[2])
    guard layer.shape[2] > 0, layer.shape[3] > 0 else { return "-" }
    let (down, across) = (height / layer.shape[2], width / layer.shape[3])
    return down == across ? "\(down)" : "\(down)x\(across)"
  }

  private func isAutomatic(_ layer: Network.Layer, _ automatic: Network.Layer?) -> Bool {
    layer.name == automatic?.name && layer.value == automatic?.value
  }

  private func table(
    _ layers: [Network.Layer], _ network: Network, _ automatic: Network.Layer?
  ) -> String {
    let rows = layers.map { layer in
      (
        mark: isAutomatic(layer, automatic) ? "*" : " ", name: layer.name.text,
        shape: layer.shape.row.description, stride: stride(layer, network)
      )
    }
    let (name, shape) = (rows.map(\.name.count).max() ?? 0, rows.map(\.shape.count).max() ?? 0)
    return rows.map { row in
      let line = "\(row.mark) \(row.name.padded(to: name))  \(row.shape.padded(to: shape))"
      return "\(line)  stride \(row.stride)".onOneLine + "\n"
    }.joined()
  }

  private func document(
    _ path: String, _ network: Network, _ layers: [Network.Layer], _ automatic: Network.Layer?
  ) -> String {
    let rows = layers.map { layer -> JSONValue in
      [
        "name": .string(layer.name.text), "tensor": .string(layer.tensor),
        "shape": .array(layer.shape.row.extents.map(JSONValue.integer)),
        "stride": .string(stride(layer, network)),
        "automatic": .bool(isAutomatic(layer, automatic)),
      ]
    }
    let document: JSONValue = [
      "schema": .integer(1), "model": .string(path),
      "input": .array(network.imageShape.extents.map(JSONValue.integer)),
      "classes": .whole(network.classCount), "layers": .array(rows),
    ]
    return document.indented()
  }
}

extension String {
  /// The text with blanks behind it up to a width.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
