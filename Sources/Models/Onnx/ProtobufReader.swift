/// One field of a protobuf message.
struct ProtobufField {
  /// What a field holds, by wire type.
  enum Content {
    case varint(UInt64)
    case fixed64(UInt64)
    case bytes(ByteSlice)
    case fixed32(UInt32)
  }

  /// The number of the field in its message.
  let number: Int
  /// Its content.
  let content: Content
  /// Where the field starts in the file, for errors.
  let offset: Int
}

/// Walks the fields of one protobuf message in a file, without copying and without recursion.
///
/// Every length and every number is checked against the bytes that are there. A field that the
/// caller does not know costs one step whatever it contains.
struct ProtobufReader {
  private let message: ByteSlice
  private var position = 0

  /// A reader at the first field of a message.
  init(_ message: ByteSlice) {
    self.message = message
  }

  /// The next field, or nil at the end of the message.
  mutating func next() throws(ModelError) -> ProtobufField? {
    guard position < message.count else { return nil }
    let start = message.range.lowerBound + position
    let key = try varint()
    guard key <= UInt64(UInt32.max), key >> 3 > 0 else { throw problem("field number \(key >> 3)") }
    let content: ProtobufField.Content
    switch key & 7 {
    case 0: content = .varint(try varint())
    case 1: content = .fixed64(try fixed())
    case 2: content = .bytes(try bytes())
    case 5: content = .fixed32(try fixed())
    default: throw problem("wire type \(key & 7), which ONNX does not use")
    }
    return ProtobufField(number: Int(key >> 3), content: content, offset: start)
  }

  /// Whether all bytes were read.
  var isAtEnd: Bool { position >= message.count }

  /// A number of 1 to 10 bytes, seven bits each, least significant first.
  mutating func varint() throws(ModelError) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<10 {
      guard position < message.count else { throw problem("a number runs past the end") }
      let byte = message[position]
      position += 1
      if index == 9, byte > 1 { throw problem("a number does not fit in 64 bits") }
      value |= UInt64(byte & 0x7f) << UInt64(7 * index)
      if byte < 0x80 { return value }
    }
    throw problem("a number is longer than 10 bytes")
  }

  private mutating func fixed<Number: FixedWidthInteger>() throws(ModelError) -> Number {
    let size = MemoryLayout<Number>.size
    guard message.count - position >= size else { throw problem("a number runs past the end") }
    defer { position += size }
    return message.integer(at: position)
  }

  private mutating func bytes() throws(ModelError) -> ByteSlice {
    let length = try varint()
    guard let count = Int(exactly: length), let slice = message.part(offset: position, count: count)
    else { throw problem("a field of \(length) bytes where \(message.count - position) are left") }
    position += count
    return slice
  }

  private func problem(_ what: String) -> ModelError {
    .malformed(
      file: message.file.path, place: "byte \(message.range.lowerBound + position)", problem: what)
  }
}

extension ProtobufField {
  /// The bytes of a string, message or packed field.
  func bytes(in file: String) throws(ModelError) -> ByteSlice {
    guard case .bytes(let slice) = content else { throw mismatch(file, "bytes") }
    return slice
  }

  /// A signed integer field.
  func integer(in file: String) throws(ModelError) -> Int {
    guard case .varint(let value) = content else { throw mismatch(file, "an integer") }
    return Int(truncatingIfNeeded: value)
  }

  /// A float field.
  func float(in file: String) throws(ModelError) -> Float {
    guard case .fixed32(let bits) = content else { throw mismatch(file, "a float") }
    return Float(bitPattern: bits)
  }

  /// Appends a repeated integer field, packed or not.
  func append(
    to numbers: inout [Int], in file: String, budget: inout DecodingBudget
  ) throws(ModelError) {
    guard case .bytes(let slice) = content else {
      try budget.spend(1, file)
      numbers.append(try integer(in: file))
      return
    }
    var reader = ProtobufReader(slice)
    while !reader.isAtEnd {
      try budget.spend(1, file)
      numbers.append(Int(truncatingIfNeeded: try reader.varint()))
    }
  }

  /// Appends a repeated float field, packed or not.
  func append(
    to numbers: inout [Float], in file: String, budget: inout DecodingBudget
  ) throws(ModelError) {
    guard case .bytes(let slice) = content else {
      try budget.spend(1, file)
      numbers.append(try float(in: file))
      return
    }
    guard slice.count % 4 == 0 else { throw mismatch(file, "packed floats") }
    try budget.spend(slice.count / 4, file)
    for index in 0..<slice.count / 4 {
      numbers.append(Float(bitPattern: slice.integer(at: 4 * index)))
    }
  }

  private func mismatch(_ file: String, _ wanted: String) -> ModelError {
    .malformed(file: file, place: "byte \(offset)", problem: "field \(number) is not \(wanted)")
  }
}

/// How many items a file may make us hold; without it a file of empty messages would take a
/// hundred times its size in memory.
struct DecodingBudget {
  private var left = 2_000_000

  /// Takes some items from what is left.
  mutating func spend(_ items: Int, _ file: String) throws(ModelError) {
    guard items <= left else {
      throw .unsupported(
        file: file, problem: "the graph states more than 2,000,000 items besides its weights",
        remedy: "export the network alone, without training or metadata")
    }
    left -= items
  }
}
