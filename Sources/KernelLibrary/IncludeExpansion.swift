/// Replaces include directives by the text of the files, and says with `#line` where text is from.
struct IncludeExpansion {
  let files: [String: [UInt8]]
  private(set) var text = ""
  private(set) var includes: [String] = []
  private var open: [String] = []
  private var seen: Set<String> = []

  init(files: [String: [UInt8]]) { self.files = files }

  mutating func append(_ path: String, from parent: String?) throws(KernelLibraryError) {
    if let first = open.firstIndex(of: path) { throw .cycle(open[first...] + [path]) }
    guard seen.insert(path).inserted else { return }
    guard let bytes = files[path] else { throw .missing(path: path, includedFrom: parent) }
    if parent != nil { includes.append(path) }
    open.append(path)
    text += "#line 1 \"\(path)\"\n"
    try appendLines(of: bytes, path)
    open.removeLast()
  }

  private mutating func appendLines(
    of bytes: [UInt8], _ path: String
  ) throws(KernelLibraryError) {
    var number = 0
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    for line in lines {
      number += 1
      let line = String(decoding: line, as: UTF8.self)
      switch Self.directive(in: line) {
      case .none:
        text += line
        text += "\n"
      case .include(let target):
        try append(target, from: path)
        text += "#line \(number + 1) \"\(path)\"\n"
      case .malformed:
        throw .badInclude(path: path, line: number, text: line)
      }
    }
  }

  private enum Directive {
    case none
    case include(String)
    case malformed
  }

  /// Recognises `#include "path"`, with blanks anywhere and a comment behind.
  private static func directive(in line: String) -> Directive {
    var rest = line.utf8[...].drop(while: isBlank)
    guard rest.popFirst() == UInt8(ascii: "#") else { return .none }
    rest = rest.drop(while: isBlank)
    guard rest.starts(with: "include".utf8) else { return .none }
    rest = rest.dropFirst("include".utf8.count).drop(while: isBlank)
    let quote = UInt8(ascii: "\"")
    guard rest.popFirst() == quote, let end = rest.firstIndex(of: quote), end != rest.startIndex
    else { return .malformed }
    let behind = rest[end...].dropFirst().drop(while: isBlank)
    guard behind.isEmpty || behind.starts(with: "//".utf8) || behind.starts(with: "/*".utf8)
    else { return .malformed }
    return .include(String(decoding: rest[..<end], as: UTF8.self))
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }
}
