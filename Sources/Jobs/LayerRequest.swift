import Models
import Tensors

/// A layer to explain, and what files and records call it.
public struct LayerRequest: Sendable, Hashable {
  /// The name that was asked for, or found; records show it.
  public let name: String
  /// The tensor that is taken.
  public let tensor: String
  /// Its shape for one image.
  public let shape: Shape
  /// The part of file names; nil where only one layer was asked for.
  public let fileName: String?

  /// What stands in the place of a layer where a method reads none.
  public static let none = LayerRequest(name: "", tensor: "", shape: [], fileName: nil)

  /// Whether there is a layer.
  public var isLayer: Bool { !name.isEmpty }

  /// The name as records have it; null where there is no layer.
  var json: JSONValue { isLayer ? .string(name) : .null }

  /// Requests for layers of a network; file names name the layer where there are several.
  public static func requests(_ layers: [Network.Layer]) -> [LayerRequest] {
    var requests: [LayerRequest] = []
    for layer in layers where !requests.contains(where: { $0.name == layer.name.text }) {
      var fileName: String? = layers.count > 1 ? plain(layer.name.text) : nil
      if let taken = fileName, requests.contains(where: { $0.fileName == taken }) {
        fileName = "\(taken)-\(String(FNV1a.spread(layer.name.text) >> 32, radix: 16))"
      }
      requests.append(
        LayerRequest(
          name: layer.name.text, tensor: layer.tensor, shape: layer.shape.row, fileName: fileName))
    }
    return requests
  }

  /// A text of a method, which knows the tensor alone, with the name that was asked for.
  func named(in text: String) -> String {
    isLayer ? text.replacing(tensor, with: name) : text
  }

  /// The name of the layer that a record states: empty for null, nil where nothing is stated.
  static func name(_ json: JSONValue?) -> String? {
    if case .null? = json { return "" }
    return json?.string
  }

  /// A name that every file system takes.
  private static func plain(_ name: String) -> String {
    let harmless = name.unicodeScalars.map { scalar -> Character in
      let isHarmless =
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
        || [".", "_", "-", "+"].contains(scalar)
      return isHarmless ? Character(scalar) : "_"
    }
    let text = String(harmless.drop { $0 == "." || $0 == "_" })
    return text.isEmpty ? "layer" : String(text.prefix(120))
  }
}
