import CAssets

/// The files of `Assets/` that the binary carries: photos and the weights of bundled models.
public enum EmbeddedAssets {
  /// The paths relative to `Assets/`, sorted.
  public static var paths: [String] {
    var paths: [String] = []
    forEach { path, _ in
      paths.append(path)
      return true
    }
    return paths
  }

  /// The bytes of a file, `photos/cat.jpg`; nil where the binary carries none of that path.
  public static func bytes(of path: String) -> [UInt8]? {
    var found: [UInt8]?
    forEach { name, entry in
      guard name == path else { return true }
      // The length is that of the constant, counted by the compiler.
      found = Array(UnsafeBufferPointer(start: entry.bytes, count: entry.length))
      return false
    }
    return found
  }

  /// Walks over the table until the body says that it has seen enough.
  private static func forEach(_ body: (String, cassets_file) -> Bool) {
    guard var entry = cassets_files() else { return }
    // The table is a constant of the binary; it ends with an entry without a path.
    while let path = entry.pointee.path, body(String(cString: path), entry.pointee) {
      entry += 1
    }
  }
}
