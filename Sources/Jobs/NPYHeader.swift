import Tensors

/// The head of a `.npy` file that holds little-endian float32 in C order.
///
/// The text is a Python dictionary with the keys `descr`, `fortran_order` and `shape`, each once,
/// in any order. Nothing else of Python is understood and every byte is untrusted.
public struct NPYHeader: Sendable, Hashable {
  /// The shape of the array.
  public let shape: Shape
  /// Where the elements begin, in bytes.
  public let offset: Int
  /// The type of the elements, as numpy writes it.
  let type: String

  /// The longest header that is read; numpy itself stops at 10,000 bytes.
  static let longest = 65_536

  /// Reads the head of a file from its first bytes.
  /// - Parameter bytes: the file from its start: at least the whole header, 64 KiB suffice.
  /// - Throws: `NPYError` where the bytes are not such a header.
  public init(_ bytes: [UInt8]) throws(NPYError) {
    try self.init(bytes, types: ["<f4"])
  }

  /// Reads the head of a file whose elements are of one of some types.
  init(_ bytes: [UInt8], types: Set<String>) throws(NPYError) {
    guard bytes.count >= 10, bytes.starts(with: NPYHeader.magic) else { throw .notNPY }
    let version = bytes[6]
    guard (1...3).contains(version), bytes[7] == 0 else {
      throw .malformed("version \(version).\(bytes[7]) is not 1.0, 2.0 or 3.0")
    }
    let start = version == 1 ? 10 : 12
    guard bytes.count >= start else { throw .malformed("the header is cut off") }
    var length = Int(bytes[8]) | Int(bytes[9]) << 8
    if version > 1 { length |= Int(bytes[10]) << 16 | Int(bytes[11]) << 24 }
    guard length <= NPYHeader.longest - start else {
      throw .malformed("a header of \(length) bytes")
    }
    guard bytes.count >= start + length else { throw .malformed("the header is cut off") }
    var parser = Parser(bytes: bytes[start..<start + length])
    let fields = try parser.dictionary()
    guard types.contains(fields.type) else { throw .type(fields.type) }
    guard !fields.isColumnMajor else { throw .columnMajor }
    guard let count = fields.shape.checkedElementCount, count <= Int.max / 8 else {
      throw .malformed("the shape \(fields.shape) is too large")
    }
    self.shape = fields.shape
    self.offset = start + length
    self.type = fields.type
  }

  /// How long the header is, according to its first bytes; at most `longest`.
  static func byteCount(_ start: [UInt8]) -> Int {
    guard start.count >= 12 else { return start.count }
    let short = Int(start[8]) | Int(start[9]) << 8
    let length =
      start[6] == 1 ? 10 + short : 12 + (short | Int(start[10]) << 16 | Int(start[11]) << 24)
    return min(length, longest)
  }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// The bytes of a version 1.0 header for a shape, padded so that elements begin at a multiple of 64.
  static func bytes(for shape: Shape) -> [UInt8] {
    let list = shape.extents.map { "\($0)," }.joined(separator: " ")
    // Python writes a comma behind the extent of a one-dimensional shape only.
    let extents = shape.rank == 1 ? list : String(list.dropLast())
    var text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(extents)), }"
    let padding = 64 - (10 + text.utf8.count + 1) % 64
    text += String(repeating: " ", count: padding % 64) + "\n"
    let count = text.utf8.count
    return magic + [1, 0, UInt8(count & 0xff), UInt8(count >> 8)] + Array(text.utf8)
  }
}

/// Why a file is not an array that can be used.
public enum NPYError: Error, Sendable, Hashable {
  /// The magic bytes are missing.
  case notNPY
  /// The header cannot be understood, and why.
  case malformed(String)
  /// The elements are of another type, as numpy writes it.
  case type(String)
  /// Fortran order.
  case columnMajor
  /// The number of bytes does not fit the shape.
  case length(Shape, expected: Int, found: Int)

  /// The failure of a file.
  public func failure(_ path: String) -> Failure {
    switch self {
    case .notNPY: Failure(.content, path, "not a .npy file")
    case .malformed(let reason):
      Failure(.content, path, "not a .npy file that can be read: \(reason)")
    case .type(let type):
      Failure(
        .content, path, "holds \(type), not little-endian float32",
        try: "save it with numpy.save(file, array.astype(\"<f4\"))")
    case .columnMajor:
      Failure(
        .content, path, "is in Fortran order",
        try: "save it with numpy.save(file, numpy.ascontiguousarray(array))")
    case .length(let shape, let expected, let found):
      Failure(
        .content, path, "\(found) bytes of elements where \(shape) takes \(expected)",
        try: "the file is cut off or damaged; write it again")
    }
  }
}

extension NPYHeader {
  fileprivate struct Fields {
    var type: String
    var isColumnMajor: Bool
    var shape: Shape
  }

  /// A reader of the one dictionary that numpy writes.
  fileprivate struct Parser {
    var bytes: ArraySlice<UInt8>

    mutating func dictionary() throws(NPYError) -> Fields {
      var type: String?
      var order: Bool?
      var shape: Shape?
      try expect("{")
      while !take("}") {
        let key = try text()
        try expect(":")
        switch key {
        case "descr" where type == nil: type = try description()
        case "fortran_order" where order == nil: order = try boolean()
        case "shape" where shape == nil: shape = try tuple()
        default: throw .malformed("the key '\(key.prefix(40))'")
        }
        if !take(",") {
          try expect("}")
          break
        }
      }
      skipBlanks()
      guard bytes.isEmpty else { throw .malformed("text behind the dictionary") }
      guard let type, let order, let shape else { throw .malformed("a key is missing") }
      return Fields(type: type, isColumnMajor: order, shape: shape)
    }

    private mutating func skipBlanks() {
      bytes = bytes.drop { $0 == 0x20 || (0x09...0x0d).contains($0) }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
      skipBlanks()
      guard let first = bytes.first, UInt32(first) == character.value else { return false }
      bytes = bytes.dropFirst()
      return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(NPYError) {
      guard take(character) else { throw .malformed("'\(character)' is missing") }
    }

    private mutating func text() throws(NPYError) -> String {
      skipBlanks()
      guard let quote = bytes.first, quote == 0x27 || quote == 0x22 else {
        throw .malformed("a quoted word is missing")
      }
      bytes = bytes.dropFirst()
      guard let end = bytes.firstIndex(of: quote) else { throw .malformed("a quote is missing") }
      let word = bytes[..<end]
      guard word.allSatisfy({ (0x20..<0x7f).contains($0) && $0 != 0x5c }) else {
        throw .malformed("a word with unusual characters")
      }
      bytes = bytes[(end + 1)...]
      return String(decoding: word, as: UTF8.self)
    }

    /// The type as text; a record type is a list, named as such.
    private mutating func description() throws(NPYError) -> String {
      skipBlanks()
      guard bytes.first != 0x5b else { throw .type("records") }
      return try text()
    }

    private mutating func boolean() throws(NPYError) -> Bool {
      skipBlanks()
      for (word, value) in [("True", true), ("False", false)]
      where bytes.starts(with: word.utf8) {
        bytes = bytes.dropFirst(word.utf8.count)
        return value
      }
      throw .malformed("True or False is missing")
    }

    private mutating func tuple() throws(NPYError) -> Shape {
      var extents: [Int] = []
      try expect("(")
      while !take(")") {
        extents.append(try number())
        guard extents.count <= 32 else { throw .malformed("more than 32 axes") }
        if !take(",") {
          try expect(")")
          if extents.count == 1 { throw .malformed("the shape is a number, not a tuple") }
          break
        }
      }
      return Shape(extents)
    }

    private mutating func number() throws(NPYError) -> Int {
      skipBlanks()
      let digits = bytes.prefix { (0x30...0x39).contains($0) }
      guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
        throw .malformed("an extent is missing or too large")
      }
      bytes = bytes.dropFirst(digits.count)
      return value
    }
  }
}
