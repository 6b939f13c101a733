/// Blanks comments and the text of string literals, byte by byte; every line stays where it is.
///
/// It knows nested comments, raw and multi-line strings and interpolations, which are code. It does
/// not know regular expressions between slashes.
struct CodeScanner {
  private enum Context {
    /// Code, with so many parentheses open.
    case code(parentheses: Int)
    case string(hashes: Int, isMultiline: Bool)
  }

  private let bytes: [UInt8]
  private let isSwift: Bool
  private var output: [UInt8]
  private var place = 0
  private var contexts = [Context.code(parentheses: 0)]

  /// The code of a text.
  static func code(of text: String, isSwift: Bool) -> String {
    var scanner = CodeScanner(text, isSwift: isSwift)
    while scanner.place < scanner.bytes.count { scanner.step() }
    return String(decoding: scanner.output, as: UTF8.self)
  }

  private init(_ text: String, isSwift: Bool) {
    bytes = Array(text.utf8)
    output = bytes
    self.isSwift = isSwift
  }

  private mutating func step() {
    switch contexts.last {
    case .string(let hashes, let isMultiline): stepInString(hashes, isMultiline)
    case .code(let parentheses): stepInCode(parentheses)
    case nil: place = bytes.count
    }
  }

  private mutating func stepInCode(_ parentheses: Int) {
    if starts("//") {
      while place < bytes.count, bytes[place] != UInt8(ascii: "\n") { blank() }
    } else if starts("/*") {
      skipComment()
    } else if let hashes = stringStart() {
      let isMultiline = starts("\"\"\"", after: hashes)
      place += hashes + (isMultiline ? 3 : 1)
      contexts.append(.string(hashes: hashes, isMultiline: isMultiline))
    } else if !isSwift, starts("'") {
      skipCharacter()
    } else if starts("(") {
      contexts[contexts.count - 1] = .code(parentheses: parentheses + 1)
      place += 1
    } else if starts(")") {
      if parentheses > 0 {
        contexts[contexts.count - 1] = .code(parentheses: parentheses - 1)
      } else if contexts.count > 1 {
        contexts.removeLast()
      }
      place += 1
    } else {
      place += 1
    }
  }

  private mutating func stepInString(_ hashes: Int, _ isMultiline: Bool) {
    let marks = String(repeating: "#", count: hashes)
    if starts("\\" + marks + "("), isSwift {
      place += hashes + 2
      contexts.append(.code(parentheses: 0))
    } else if starts("\\" + marks) {
      blank(hashes + 1)
      if place < bytes.count, bytes[place] != UInt8(ascii: "\n") { blank() }
    } else if starts((isMultiline ? "\"\"\"" : "\"") + marks) {
      place += hashes + (isMultiline ? 3 : 1)
      contexts.removeLast()
    } else if starts("\n") {
      if !isMultiline { contexts.removeLast() }
      place += 1
    } else {
      blank()
    }
  }

  /// The number of hashes before the quote of a string that starts here.
  private func stringStart() -> Int? {
    var hashes = 0
    if isSwift {
      while starts("#", after: hashes) { hashes += 1 }
    }
    return starts("\"", after: hashes) ? hashes : nil
  }

  private mutating func skipComment() {
    var depth = 0
    while place < bytes.count {
      if starts("/*"), isSwift || depth == 0 {
        depth += 1
        blank(2)
      } else if starts("*/") {
        depth -= 1
        blank(2)
        if depth == 0 { return }
      } else {
        blank()
      }
    }
  }

  private mutating func skipCharacter() {
    place += 1
    while place < bytes.count, !starts("'"), !starts("\n") { blank(starts("\\") ? 2 : 1) }
    place += 1
  }

  private func starts(_ text: String, after offset: Int = 0) -> Bool {
    bytes[min(place + offset, bytes.count)...].starts(with: text.utf8)
  }

  private mutating func blank(_ count: Int = 1) {
    for _ in 0..<count where place < bytes.count {
      if bytes[place] != UInt8(ascii: "\n") { output[place] = UInt8(ascii: " ") }
      place += 1
    }
  }
}
