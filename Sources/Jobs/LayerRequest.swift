import Models
import Tensors

/// A layer to explain, or several that make one map, and what files and records call it.
public struct LayerRequest: Sendable, Hashable {
  /// The name that was asked for, or found; records show it; of several `layer3+layer4`.
  public let name: String
  /// The tensors that are taken, with the names that were asked for: one, but where maps are fused.
  public let parts: [Part]
  /// The shape of the first for one image.
  public let shape: Shape
  /// The part of file names; nil where only one layer was asked for, or all make one map.
  public let fileName: String?

  /// A tensor, and the name by which it was asked for.
  public struct Part: Sendable, Hashable {
    /// The name that was asked for, or found.
    public let name: String
    /// The tensor that is taken.
    public let tensor: String
  }

  /// The tensor that is taken; of several, all of them.
  public var tensor: String { parts.map(\.tensor).joined(separator: "+") }

  private init(name: String, parts: [Part], shape: Shape, fileName: String?) {
    self.name = name
    self.parts = parts
    self.shape = shape
    self.fileName = fileName
  }

  /// One layer.
  init(name: String, tensor: String, shape: Shape, fileName: String?) {
    self.init(
      name: name, parts: [Part(name: name, tensor: tensor)], shape: shape, fileName: fileName)
  }

  /// Several layers that make one map.
  init(fusing layers: [LayerRequest]) {
    self.init(
      name: layers.map(\.name).joined(separator: "+"), parts: layers.flatMap(\.parts),
      shape: layers.first?.shape ?? [], fileName: nil)
  }

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

  /// A text of a method, which knows tensors alone, with the names that were asked for.
  ///
  /// What was put in is not looked at again: a name may hold the name of another tensor.
  public func named(in text: String) -> String {
    // No name is everywhere: a text would be searched for ever.
    guard isLayer else { return text }
    var (done, rest) = ("", text[...])
    while !rest.isEmpty {
      let found = parts.compactMap { part in rest.firstRange(of: part.tensor).map { ($0, part) } }
      // The longest of those that begin first: `conv1` begins `conv10`.
      guard
        let (range, part) = found.min(by: {
          ($0.0.lowerBound, $1.1.tensor.count) < ($1.0.lowerBound, $0.1.tensor.count)
        })
      else { break }
      done += rest[..<range.lowerBound] + part.name
      rest = rest[range.upperBound...]
    }
    return done + rest
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
