/// What went wrong, where, and what to try: one line on the terminal, one record in the results.
public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
  /// Who can mend it; the raw value is the exit code of the program.
  public enum Kind: Int, Sendable, Hashable {
    /// The command line does not make sense.
    case usage = 64
    /// A model or another file holds something that cannot be used.
    case content = 65
    /// A file or model is not there.
    case missing = 66
    /// No device can be used, or none with what was asked for.
    case device = 69
    /// A mistake in this program.
    case ours = 70
    /// Reading or writing failed: disk full, not permitted.
    case inputOutput = 74
    /// It may work later: device lost, out of memory.
    case temporary = 75
    /// The user asked to stop.
    case interrupted = 130
  }

  /// Who can mend it.
  public let kind: Kind
  /// The file, flag or word at fault; empty where there is no such place.
  public let place: String
  /// What is wrong with it.
  public let what: String
  /// What to try; nil where nothing is known to help.
  public let hint: String?

  /// A failure.
  public init(_ kind: Kind, _ place: String, _ what: String, try hint: String? = nil) {
    self.kind = kind
    self.place = place
    self.what = what
    self.hint = hint
  }

  /// The line behind `salient: `, `WHERE: WHAT; TRY`.
  public var description: String {
    let start = place.isEmpty ? what : "\(shownPlace): \(what)"
    return (hint.map { "\(start); \($0)" } ?? start).onOneLine
  }

  /// The place; the value of a flag stands in quotes where its ends could not be seen.
  private var shownPlace: String {
    guard place.hasPrefix("--"), let blank = place.firstIndex(of: " ") else { return place }
    let value = place[place.index(after: blank)...]
    let isPlain = value.first?.isWhitespace == false && value.last?.isWhitespace == false
    return isPlain ? place : "\(place[..<blank]) '\(value)'"
  }

  /// The same failure at another place.
  public func at(_ place: String) -> Failure {
    Failure(kind, place, what, try: hint)
  }
}

extension String {
  /// The same text with every control character, line breaks too, replaced by a space.
  public var onOneLine: String {
    guard unicodeScalars.contains(where: { $0.isControl }) else { return self }
    var line = ""
    for scalar in unicodeScalars {
      line.unicodeScalars.append(scalar.isControl ? " " : scalar)
    }
    return line
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool {
    properties.generalCategory == .control || value == 0x2028 || value == 0x2029
  }
}
