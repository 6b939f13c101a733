import Foundation

/// A text file of the package, with its code told apart from its comments and strings.
struct SourceFile: Sendable {
  /// The path below the root of the package, `Sources/Graphs/Node.swift`.
  let path: String
  /// The lines as they stand in the file.
  let lines: [String]
  /// The same lines with comments and the text of string literals blanked; as `lines` in files
  /// that are neither Swift nor C.
  let code: [String]

  init(path: String, text: String) {
    self.path = path
    lines = Self.split(text)
    switch Self.language(of: path) {
    case .swift: code = Self.split(CodeScanner.code(of: text, isSwift: true))
    case .c: code = Self.split(CodeScanner.code(of: text, isSwift: false))
    case nil: code = lines
    }
  }

  /// The name with its extension.
  var name: String { String(path.split(separator: "/").last ?? "") }

  /// The folder below `Sources` or `Tests` that the file belongs to.
  var target: String? {
    let parts = path.split(separator: "/")
    guard parts.count > 2, parts[0] == "Sources" || parts[0] == "Tests" else { return nil }
    return String(parts[1])
  }

  var isSwift: Bool { Self.language(of: path) == .swift }

  var isKernel: Bool { path.hasPrefix("Kernels/") && Self.language(of: path) == .c }

  /// What is wrong in the lines whose code the body objects to.
  func findings(_ problem: (_ code: String, _ index: Int) -> String?) -> [Finding] {
    code.enumerated().compactMap { index, code in
      problem(code, index).map { Finding(path, line: index + 1, $0) }
    }
  }

  /// Whether the line before this one, counted from 0, is a comment.
  func hasCommentAbove(_ index: Int) -> Bool {
    index > 0 && lines[index - 1].drop { $0 == " " }.hasPrefix("//")
  }

  private enum Language { case swift, c }

  private static func language(of path: String) -> Language? {
    switch path.split(separator: ".").last {
    case "swift": .swift
    case "c", "h", "inc", "def", "cl", "clh": .c
    default: nil
    }
  }

  private static func split(_ text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }
}

/// Something that a rule objects to.
struct Finding: Sendable, Hashable, CustomStringConvertible {
  let path: String
  /// Counted from 1; nil where the file as a whole is meant.
  let line: Int?
  let what: String

  init(_ path: String, line: Int? = nil, _ what: String) {
    self.path = path
    self.line = line
    self.what = what
  }

  var description: String { "\(path)\(line.map { ":\($0)" } ?? ""): \(what)" }
}

extension [Finding] {
  /// One finding a line, for the message of an expectation.
  var list: String { "\n" + map(\.description).joined(separator: "\n") }
}

extension StringProtocol {
  /// Whether the word stands in the text with nothing of an identifier around it.
  ///
  /// Ends of the word that are no letters need no boundary: `print(` is found behind `x.`, too.
  func mentions(_ word: String) -> Bool {
    var rest = self[...]
    while let range = rest.range(of: word) {
      let before = range.lowerBound > startIndex ? self[index(before: range.lowerBound)] : " "
      let after = range.upperBound < endIndex ? self[range.upperBound] : " "
      let opens = !(word.first?.isPartOfName ?? false) || !before.isPartOfName
      let closes = !(word.last?.isPartOfName ?? false) || !after.isPartOfName
      if opens && closes { return true }
      rest = self[range.upperBound...]
    }
    return false
  }
}

extension Character {
  /// Whether an identifier can contain it.
  var isPartOfName: Bool { isLetter || isNumber || self == "_" }
}
