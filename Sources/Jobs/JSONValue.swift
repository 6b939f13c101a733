import FoundationEssentials

/// A JSON document whose objects keep the order of their keys when written.
///
/// Reading goes through `JSONDecoder`, which bounds the nesting; the order of keys is lost there.
public enum JSONValue: Sendable, Hashable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A whole number.
  case integer(Int)
  /// A number as it will be written; made with `number(_:)`.
  case literal(String)
  /// Text.
  case string(String)
  /// Values in order.
  case array([JSONValue])
  /// Named values in order.
  case object([Member])

  /// A named value.
  public struct Member: Sendable, Hashable {
    /// The name.
    public let key: String
    /// The value.
    public let value: JSONValue

    /// A member.
    public init(_ key: String, _ value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// A number in its shortest exact form, or `null` where it is missing or not finite.
  public static func number(_ value: (some BinaryFloatingPoint & CustomStringConvertible)?)
    -> JSONValue
  {
    guard let value, value.isFinite else { return .null }
    return .literal(value.description)
  }

  /// Text, or `null`.
  public static func text(_ value: String?) -> JSONValue {
    value.map(JSONValue.string) ?? .null
  }

  /// A whole number, or `null`.
  public static func whole(_ value: Int?) -> JSONValue {
    value.map(JSONValue.integer) ?? .null
  }

  /// The first value under a key of an object.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The text of a string.
  public var string: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// The elements of an array.
  public var array: [JSONValue]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// A whole number.
  public var integer: Int? {
    guard case .integer(let number) = self else { return nil }
    return number
  }

  /// A number, whole or not.
  public var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .literal(let text): Double(text)
    default: nil
    }
  }

  /// A truth value.
  public var flag: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }
}

extension JSONValue: ExpressibleByArrayLiteral {
  /// An array written as a literal.
  public init(arrayLiteral elements: JSONValue...) {
    self = .array(elements)
  }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
  /// An object written as a literal.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { Member($0.0, $0.1) })
  }
}

// MARK: - Writing

extension JSONValue: CustomStringConvertible {
  /// The document on one line, with a space behind each colon and comma.
  public var description: String {
    var text = ""
    write(to: &text)
    return text
  }

  /// The document with each member of the outermost object on a line of its own, and so inside
  /// down to the depth given.
  public func indented(depth: Int = 2) -> String {
    var text = ""
    write(to: &text, indent: "", depth: depth)
    return text + "\n"
  }

  private func write(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .literal(let number): text += number
    case .string(let value): JSONValue.write(value, to: &text)
    case .array(let elements):
      text += "["
      for (place, element) in elements.enumerated() {
        if place > 0 { text += ", " }
        element.write(to: &text)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (place, member) in members.enumerated() {
        if place > 0 { text += ", " }
        JSONValue.write(member.key, to: &text)
        text += ": "
        member.value.write(to: &text)
      }
      text += "}"
    }
  }

  private func write(to text: inout String, indent: String, depth: Int) {
    let inner = indent + "  "
    switch self {
    case .object(let members) where depth > 0 && !members.isEmpty:
      text += "{\n"
      for (place, member) in members.enumerated() {
        text += place > 0 ? ",\n\(inner)" : inner
        JSONValue.write(member.key, to: &text)
        text += ": "
        member.value.write(to: &text, indent: inner, depth: depth - 1)
      }
      text += "\n\(indent)}"
    case .array(let elements) where depth > 0 && !elements.isEmpty:
      text += "[\n"
      for (place, element) in elements.enumerated() {
        text += place > 0 ? ",\n\(inner)" : inner
        element.write(to: &text, indent: inner, depth: depth - 1)
      }
      text += "\n\(indent)]"
    default: write(to: &text)
    }
  }

  private static func write(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}

// MARK: - Reading

extension JSONValue: Decodable {
  /// A document from bytes, or nil where they are not JSON.
  public init?(parsing bytes: some Sequence<UInt8>) {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else {
      return nil
    }
    self = value
  }

  /// Reads a value; the members of objects come sorted by key.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      let members = try container.decode([String: JSONValue].self)
      self = .object(
        members.sorted { $0.key < $1.key }.map { Member($0.key, $0.value) })
    }
  }
}
