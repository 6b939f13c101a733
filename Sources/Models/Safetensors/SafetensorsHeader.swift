/// Parses the header of a safetensors file: JSON of one fixed form, read strictly.
///
/// Only what the format allows is accepted: numbers are plain digits, every key stands once, and
/// nothing is nested deeper than the format says, so there is no recursion.
struct SafetensorsHeader {
  /// One tensor as stated.
  struct Tensor {
    var name: String
    var type: String
    var shape: [Int]
    var begin: Int
    var end: Int
  }

  private(set) var tensors: [Tensor] = []
  private(set) var metadata: [String: String] = [:]

  private let bytes: ByteSlice
  private var position = 0

  /// How many tensors a file may hold.
  private static let tensorLimit = 500_000

  init(_ bytes: ByteSlice) {
    self.bytes = bytes
  }

  /// Reads the whole header.
  mutating func parse() throws(ModelError) {
    guard bytes.count > 0, bytes[0] == UInt8(ascii: "{") else {
      throw problem("does not begin with {")
    }
    var names: Set<String> = []
    var hasMetadata = false
    try object { (parser, name) throws(ModelError) in
      if name == "__metadata__" {
        guard !hasMetadata else { throw parser.problem("__metadata__ stands twice") }
        hasMetadata = true
        try parser.parseMetadata()
      } else {
        guard names.insert(name).inserted else {
          throw parser.problem("\(ModelError.short(name)) stands twice")
        }
        try parser.parseTensor(name)
      }
    }
    skipSpace()
    guard position == bytes.count else { throw problem("goes on behind its end") }
  }

  private mutating func parseMetadata() throws(ModelError) {
    try object { (parser, key) throws(ModelError) in
      parser.skipSpace()
      let value = try parser.string()
      guard parser.metadata.updateValue(value, forKey: key) == nil else {
        throw parser.problem("\(ModelError.short(key)) stands twice")
      }
    }
  }

  private mutating func parseTensor(_ name: String) throws(ModelError) {
    guard tensors.count < Self.tensorLimit else { throw problem("too many tensors") }
    var type: String?
    var shape: [Int]?
    var offsets: [Int]?
    try object { (parser, key) throws(ModelError) in
      switch key {
      case "dtype" where type == nil:
        parser.skipSpace()
        type = try parser.string()
      case "shape" where shape == nil: shape = try parser.integers(limit: 16)
      case "data_offsets" where offsets == nil: offsets = try parser.integers(limit: 2)
      default: throw parser.problem("key \(ModelError.short(key)) unknown or twice")
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw problem("\(ModelError.short(name)) lacks dtype, shape or data_offsets")
    }
    tensors.append(
      Tensor(name: name, type: type, shape: shape, begin: offsets[0], end: offsets[1]))
  }

  // MARK: - The parts of JSON that occur

  private mutating func object(
    _ member: (inout SafetensorsHeader, String) throws(ModelError) -> Void
  ) throws(ModelError) {
    try expect("{")
    if skip("}") { return }
    repeat {
      skipSpace()
      let key = try string()
      try expect(":")
      try member(&self, key)
    } while skip(",")
    try expect("}")
  }

  private mutating func integers(limit: Int) throws(ModelError) -> [Int] {
    try expect("[")
    var numbers: [Int] = []
    if skip("]") { return numbers }
    repeat {
      guard numbers.count < limit else { throw problem("more than \(limit) numbers") }
      numbers.append(try integer())
    } while skip(",")
    try expect("]")
    return numbers
  }

  private mutating func integer() throws(ModelError) -> Int {
    skipSpace()
    var value = 0
    var digits = 0
    while let byte = peek(), (0x30...0x39).contains(byte) {
      guard digits == 0 || value > 0 else { throw problem("a number with a leading zero") }
      let (tens, first) = value.multipliedReportingOverflow(by: 10)
      let (sum, second) = tens.addingReportingOverflow(Int(byte - 0x30))
      guard !first, !second else { throw problem("a number does not fit in 64 bits") }
      value = sum
      digits += 1
      position += 1
    }
    guard digits > 0 else { throw problem("no whole number") }
    return value
  }

  private mutating func string() throws(ModelError) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while let byte = peek() {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw problem("a string is not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw problem("a control character in a string")
      default: text.append(byte)
      }
    }
    throw problem("a string does not end")
  }

  private mutating func escape(into text: inout [UInt8]) throws(ModelError) {
    guard let byte = peek() else { throw problem("a string does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xd800..<0xdc00).contains(code) {
        guard peek() == UInt8(ascii: "\\") else { throw problem("half a surrogate pair") }
        position += 1
        guard peek() == UInt8(ascii: "u") else { throw problem("half a surrogate pair") }
        position += 1
        let low = try hexadecimal()
        guard (0xdc00..<0xe000).contains(low) else { throw problem("half a surrogate pair") }
        code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw problem("half a surrogate pair") }
      text.append(contentsOf: Array(String(Character(scalar)).utf8))
    default: throw problem("an unknown escape in a string")
    }
  }

  private mutating func hexadecimal() throws(ModelError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue,
        byte < 0x80
      else { throw problem("four hexadecimal digits are missing") }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek(), [0x20, 0x0a, 0x0d, 0x09].contains(byte) { position += 1 }
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(ModelError) {
    guard skip(character) else { throw problem("\(character) is missing") }
  }

  private func problem(_ what: String) -> ModelError {
    .malformed(
      file: bytes.file.path, place: "safetensors header, byte \(bytes.range.lowerBound + position)",
      problem: what)
  }
}
