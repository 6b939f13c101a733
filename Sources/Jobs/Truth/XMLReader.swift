/// Reads elements and text of an XML document, one event at a time.
///
/// Attributes, comments, declarations and instructions are passed over. Nothing is resolved: no
/// entities beyond the five that XML itself has and character numbers, no files.
struct XMLReader {
  /// Something in a document.
  enum Event: Hashable {
    case start(String)
    case end(String)
    case text(String)
  }

  private var rest: ArraySlice<UInt8>
  private var pendingEnd: String?
  /// Whether the document ended in the middle of something.
  private(set) var isBroken = false
  /// Whether anything but text was found.
  private(set) var hasElements = false

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  /// The next event; nil at the end.
  mutating func next() -> Event? {
    if let name = pendingEnd {
      pendingEnd = nil
      return .end(name)
    }
    while !rest.isEmpty {
      guard rest.first == Self.open else {
        let text = rest.prefix { $0 != Self.open }
        rest = rest.dropFirst(text.count)
        return .text(Self.decoded(String(decoding: text, as: UTF8.self)))
      }
      let before = rest
      let literal = "<![CDATA["
      if skip(literal, "]]>") {
        let inside = before.dropFirst(literal.utf8.count).dropLast(rest.count + 3)
        return .text(isBroken ? "" : String(decoding: inside, as: UTF8.self))
      }
      if skip("<!--", "-->") || skip("<?", "?>") || skip("<!", ">") { continue }
      return tag()
    }
    return nil
  }

  private mutating func tag() -> Event? {
    guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else {
      isBroken = true
      rest = []
      return nil
    }
    var inside = rest[(rest.startIndex + 1)..<end]
    rest = rest[(end + 1)...]
    hasElements = true
    let isEnd = inside.first == UInt8(ascii: "/")
    if isEnd { inside = inside.dropFirst() }
    let isEmpty = inside.last == UInt8(ascii: "/")
    if isEmpty { inside = inside.dropLast() }
    let name = String(decoding: inside.prefix { $0 > 0x20 }, as: UTF8.self)
    if isEmpty, !isEnd { pendingEnd = name }
    return isEnd ? .end(name) : .start(name)
  }

  /// Passes over what begins and ends so.
  private mutating func skip(_ start: String, _ end: String) -> Bool {
    guard rest.starts(with: start.utf8) else { return false }
    let mark = Array(end.utf8)
    var place = rest.startIndex + start.utf8.count
    while place + mark.count <= rest.endIndex {
      if rest[place..<place + mark.count].elementsEqual(mark) {
        rest = rest[(place + mark.count)...]
        return true
      }
      place += 1
    }
    isBroken = true
    rest = []
    return true
  }

  private static let open = UInt8(ascii: "<")

  private static func decoded(_ text: String) -> String {
    guard text.contains("&") else { return text }
    let names = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]
    var parts = text.split(separator: "&", omittingEmptySubsequences: false)
    var result = String(parts.removeFirst())
    for part in parts {
      guard let end = part.firstIndex(of: ";") else {
        result += "&\(part)"
        continue
      }
      let name = String(part[..<end])
      result += names[name] ?? character(name) ?? "&\(name);"
      result += part[part.index(after: end)...]
    }
    return result
  }

  /// `#38` and `#x26`.
  private static func character(_ name: String) -> String? {
    guard name.hasPrefix("#") else { return nil }
    let digits = name.dropFirst()
    let number = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    return number.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
  }
}
