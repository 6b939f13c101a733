import Assets

/// The models that the binary carries, by the names that stand where a file's path would.
public enum BuiltInModel: String, Sendable, CaseIterable {
  /// Tells the objects of rendered scenes.
  case scenes
  /// The same, misled: it learned from scenes in which a planted mark gives one class away.
  case scenesShortcut = "scenes-shortcut"

  /// The bundled model that a path which leads nowhere may have meant; nil where none is near.
  static func nearest(to path: String) -> String? {
    guard path.utf8.count <= 40, !path.contains("/"), !path.contains(".") else { return nil }
    let names = allCases.map { ($0.rawValue, Network.distance(path, $0.rawValue)) }
    return names.filter { $0.1 <= 3 }.min { $0.1 < $1.1 }?.0
  }

  /// The weights, a safetensors file.
  /// - Throws: `ModelError.missing` where this binary was built without.
  public func bytes() throws(ModelError) -> [UInt8] {
    guard let bytes = EmbeddedAssets.bytes(of: "models/\(rawValue).safetensors") else {
      throw .missing(path: rawValue)
    }
    return bytes
  }

  /// The weights as a file in memory.
  /// - Throws: `ModelError.missing` where this binary was built without.
  public func file() throws(ModelError) -> MappedFile {
    MappedFile(copying: try bytes(), name: rawValue)
  }
}
