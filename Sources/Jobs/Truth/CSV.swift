/// Comma-separated values as RFC 4180 has them: fields may be quoted, quotes inside are doubled.
enum CSV {
  /// The rows of a text; a quote that is never closed ends with the text.
  static func rows(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var field = ""
    var isQuoted = false
    var characters = text.makeIterator()
    var next = characters.next()
    while let character = next {
      next = characters.next()
      switch character {
      case "\"" where isQuoted && next == "\"":
        field.append("\"")
        next = characters.next()
      case "\"" where isQuoted || field.isEmpty: isQuoted.toggle()
      case _ where isQuoted: field.append(character)
      case ",":
        row.append(field)
        field = ""
      case _ where character.isNewline:
        rows.append(row + [field])
        row = []
        field = ""
      default: field.append(character)
      }
    }
    return row.isEmpty && field.isEmpty ? rows : rows + [row + [field]]
  }
}
