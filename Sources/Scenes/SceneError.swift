/// Why scenes cannot be rendered.
public enum SceneError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A picture of this size is not rendered.
  case size(height: Int, width: Int)
  /// So many objects do not fit into a scene.
  case objectCount(Int)
  /// A bundled photo cannot be read.
  case photo(name: String, problem: String)

  /// One line.
  public var description: String {
    switch self {
    case .size(let height, let width):
      let sides = SceneOptions.sides
      return "\(height)x\(width) is no size of a scene; sides go from \(sides.lowerBound) to "
        + "\(sides.upperBound)"
    case .objectCount(let count):
      return
        "\(count) objects in a scene; there may be 1 to \(SceneOptions.objectCounts.upperBound)"
    case .photo(let name, let problem): return "bundled photo \(name): \(problem)"
    }
  }
}
