import Assets

/// The models that the binary carries, by the names that stand where a file's path would.
public enum BuiltInModel: String, Sendable, CaseIterable {
  /// Tells the objects of rendered scenes.
  case scenes
  /// The same, misled: it learned from scenes in which a planted mark gives one class away.
  case scenesShortcut = "scenes-shortcut"

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
