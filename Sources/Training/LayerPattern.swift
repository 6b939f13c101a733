import Graphs

/// Names of layers or parameters, `*` standing for any characters: `layer1`, `features.*.bias`.
///
/// A pattern that fits a module fits all that is in it.
public struct LayerPattern: Sendable, Hashable, CustomStringConvertible {
  /// The pattern as written.
  public let text: String

  /// A pattern.
  public init(_ text: String) {
    self.text = text
  }

  /// The pattern as written.
  public var description: String { text }

  /// Whether it fits the name or a module that the parameter is in.
  public func matches(_ name: ParameterName) -> Bool {
    let parts = name.text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.indices.contains { last in
      Self.fits(Array(text), Array(parts[...last].joined(separator: ".")))
    }
  }

  /// Whether a text is what a pattern says: of several places for a `*` to end, the last tried is
  /// moved on.
  private static func fits(_ pattern: [Character], _ text: [Character]) -> Bool {
    var (place, next) = (0, 0)
    var star: (pattern: Int, text: Int)?
    while next < text.count {
      if place < pattern.count, pattern[place] == "*" {
        star = (place, next)
        place += 1
      } else if place < pattern.count, pattern[place] == text[next] {
        place += 1
        next += 1
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        place = last.pattern + 1
        next = last.text + 1
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == "*" }
  }
}
