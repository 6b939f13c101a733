/// Labels as model files state them: a JSON list, a Python dictionary by number, or lines.
enum LabelText {
  /// The labels in order, or nil where the text has none of these forms.
  static func labels(in text: String) -> [String]? {
    let trimmed = text.trimmed
    if trimmed.hasPrefix("["), trimmed.hasSuffix("]") { return quoted(trimmed).map(\.text) }
    if trimmed.hasPrefix("{"), trimmed.hasSuffix("}") { return numbered(trimmed) }
    let separator: Character = trimmed.contains("\n") ? "\n" : ","
    let parts = trimmed.split(separator: separator).map { String($0).trimmed }
    return parts.isEmpty ? nil : parts
  }

  /// `{0: 'cat', 1: 'dog'}` or `{"0": "cat"}`, in the order of the numbers, without gaps.
  private static func numbered(_ text: String) -> [String]? {
    var labels: [Int: String] = [:]
    var key: Int?
    for part in quoted(text) {
      let digits = part.before.filter(\.isWholeNumber)
      if let number = key ?? Int(digits) {
        guard labels.updateValue(part.text, forKey: number) == nil else { return nil }
        key = nil
      } else {
        guard let number = Int(part.text) else { return nil }
        key = number
      }
    }
    let ordered = (0..<labels.count).compactMap { labels[$0] }
    return ordered.count == labels.count && !ordered.isEmpty ? ordered : nil
  }

  /// The quoted strings with what stands before each.
  private static func quoted(_ text: String) -> [(before: String, text: String)] {
    var found: [(before: String, text: String)] = []
    var before = ""
    var current = ""
    var quote: Character?
    var isEscaped = false
    for character in text {
      guard let open = quote else {
        if character == "'" || character == "\"" {
          quote = character
          current = ""
        } else {
          before.append(character)
        }
        continue
      }
      if isEscaped || (character != open && character != "\\") {
        current.append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        found.append((before, current))
        before = ""
        quote = nil
      }
    }
    return found
  }
}

extension String {
  fileprivate var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace ?? false { text.removeFirst() }
    while text.last?.isWhitespace ?? false { text.removeLast() }
    return String(text)
  }
}
