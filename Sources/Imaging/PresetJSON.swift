import FoundationEssentials

/// As much of JSON as presets need.
enum PresetJSON: Decodable, Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case list([PresetJSON])
  case object([String: PresetJSON])

  init?(parsing bytes: [UInt8]) {
    guard let value = try? JSONDecoder().decode(PresetJSON.self, from: Data(bytes)) else {
      return nil
    }
    self = value
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([PresetJSON].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: PresetJSON].self))
    }
  }

  /// A whole number.
  var whole: Int? {
    guard case .number(let value) = self else { return nil }
    return Int(exactly: value)
  }
}

/// The members of a preset file, read by key; null counts as absent.
struct PresetKeys {
  let members: [String: PresetJSON]

  init(_ members: [String: PresetJSON]) {
    self.members = members.filter { $0.value != .null }
  }

  func list(_ key: String) -> [PresetJSON]? {
    guard case .list(let values)? = members[key] else { return nil }
    return values
  }

  func number(_ key: String) throws(ImagingError) -> Double? {
    guard let value = members[key] else { return nil }
    guard case .number(let number) = value else { throw .preset(key: key, "is not a number") }
    return number
  }

  /// One of the words of an enumeration; a number stands for its digits.
  func word<Word: RawRepresentable & CaseIterable>(_ key: String) throws(ImagingError) -> Word?
  where Word.RawValue == String {
    guard let value = members[key] else { return nil }
    let text: String =
      switch value {
      case .string(let text): text
      case .number: value.whole.map { "\($0)" } ?? "a fraction"
      default: "a value of another kind"
      }
    guard let word = Word(rawValue: text) else {
      let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw .preset(key: key, "\(text) is none of \(words)")
    }
    return word
  }

  /// N, or [H, W].
  func size(_ key: String) throws(ImagingError) -> Preset.Size? {
    guard let value = members[key] else { return nil }
    let sides = (list(key) ?? [value]).map(\.whole)
    guard (1...2).contains(sides.count), let height = sides[0], let width = sides[sides.count - 1]
    else { throw .preset(key: key, "is neither N nor [H, W]") }
    let size = Preset.Size(height: height, width: width)
    try Preset.check(size, key)
    return size
  }

  /// Numbers, one or three; `std` above 0.
  func numbers(_ key: String) throws(ImagingError) -> [Float]? {
    guard let value = members[key] else { return nil }
    var numbers: [Float] = []
    for element in list(key) ?? [value] {
      guard case .number(let number) = element else { throw .preset(key: key, "is not numbers") }
      numbers.append(Float(number))
    }
    try Preset.check(numbers, key)
    return numbers
  }
}
