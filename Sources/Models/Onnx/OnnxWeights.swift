import Graphs
import Tensors

/// Finds the numbers of the tensors of an ONNX file: packed, in typed fields, or beside the file.
struct OnnxWeights {
  private let path: String
  private var externalData: ExternalData

  /// Weights of a model file.
  init(_ path: String, externalDataFolder: String?) {
    self.path = path
    self.externalData = ExternalData(model: path, folder: externalDataFolder)
  }

  /// The tensor as weights, decoded when they are asked for.
  mutating func source(_ tensor: OnnxTensor) throws(ModelError) -> any WeightSource {
    let shape = try shape(of: tensor)
    guard let encoding = tensor.encoding else {
      throw .unsupported(
        file: path, problem: "tensor \(ModelError.short(tensor.name)) has type \(tensor.dataType)",
        remedy: "export the weights as float32")
    }
    switch tensor.payload {
    case .packed(let bytes):
      guard let weights = FileWeights(shape, encoding, bytes) else {
        throw malformed(tensor, "\(bytes.count) bytes for \(shape) of \(encoding.rawValue)")
      }
      return weights
    case .fields(let message, let number):
      let weights = FieldWeights(shape, encoding, message, number)
      let count = try weights.storedCount()
      guard count == shape.checkedElementCount else {
        throw malformed(tensor, "\(count) numbers for \(shape)")
      }
      return weights
    case .external(let entries):
      guard let size = encoding.byteCount(of: shape) else { throw malformed(tensor, "too large") }
      let bytes = try externalData.bytes(entries, count: size, tensor: tensor.name)
      guard let weights = FileWeights(shape, encoding, bytes) else {
        throw malformed(tensor, "\(bytes.count) bytes for \(shape) of \(encoding.rawValue)")
      }
      return weights
    case .none: throw malformed(tensor, "no numbers")
    }
  }

  /// The integers of a small tensor, exactly; nil where it holds floats.
  static func integers(_ source: any WeightSource) throws(ModelError) -> [Int]? {
    var integers: [Int] = []
    switch source {
    case let source as FileWeights:
      integers.reserveCapacity(source.shape.elementCount)
      for index in 0..<source.shape.elementCount {
        guard let integer = source.encoding.integer(source.bytes, at: index) else { return nil }
        integers.append(integer)
      }
    case let source as FieldWeights where source.encoding.isInteger:
      try source.forEach { bits in integers.append(Int(truncatingIfNeeded: bits)) }
    default: return nil
    }
    return integers
  }

  private func shape(of tensor: OnnxTensor) throws(ModelError) -> Shape {
    guard let shape = Shape(sound: tensor.dimensions) else {
      throw malformed(tensor, "impossible extents \(tensor.dimensions.prefix(9))")
    }
    return shape
  }

  private func malformed(_ tensor: OnnxTensor, _ problem: String) -> ModelError {
    .malformed(file: path, place: "tensor \(ModelError.short(tensor.name))", problem: problem)
  }
}

/// Weights in the repeated number fields of a tensor message, one number a field or packed.
struct FieldWeights: WeightSource {
  let shape: Shape
  let encoding: ScalarEncoding
  private let message: ByteSlice
  private let number: Int

  init(_ shape: Shape, _ encoding: ScalarEncoding, _ message: ByteSlice, _ number: Int) {
    self.shape = shape
    self.encoding = encoding
    self.message = message
    self.number = number
  }

  /// The number of numbers that the message states.
  func storedCount() throws(ModelError) -> Int {
    var count = 0
    try forEach { _ in count += 1 }
    return count
  }

  /// Hands out the bits of every number in order.
  func forEach(_ body: (UInt64) -> Void) throws(ModelError) {
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      guard field.number == number else { continue }
      switch field.content {
      case .varint(let bits): body(bits)
      case .fixed32(let bits): body(UInt64(bits))
      case .fixed64(let bits): body(bits)
      case .bytes(let slice): try forEach(packed: slice, body)
      }
    }
  }

  private func forEach(packed slice: ByteSlice, _ body: (UInt64) -> Void) throws(ModelError) {
    let size = number == 4 ? 4 : 8
    guard number == 4 || number == 10 else {
      var reader = ProtobufReader(slice)
      while !reader.isAtEnd { body(try reader.varint()) }
      return
    }
    guard slice.count % size == 0 else {
      throw .malformed(
        file: message.file.path, place: "byte \(slice.range.lowerBound)",
        problem: "\(slice.count) bytes of packed numbers")
    }
    for index in 0..<slice.count / size {
      body(
        size == 4
          ? UInt64(slice.integer(at: 4 * index, as: UInt32.self)) : slice.integer(at: 8 * index))
    }
  }

  /// Decodes some elements; walks the message from its start.
  func decode(
    _ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(WeightError) {
    var index = 0
    do throws(ModelError) {
      try forEach { bits in
        if range.contains(index) { destination[index - range.lowerBound] = value(bits) }
        index += 1
      }
    } catch {
      throw WeightError(error.description)
    }
  }

  private func value(_ bits: UInt64) -> Float {
    switch encoding {
    case .float32: Float(bitPattern: UInt32(truncatingIfNeeded: bits))
    case .float64: Float(Double(bitPattern: bits))
    case .float16: Float(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
    case .bfloat16: Float(bitPattern: UInt32(truncatingIfNeeded: bits) << 16)
    case .uint64, .uint32: Float(bits)
    default: Float(Int64(truncatingIfNeeded: bits))
    }
  }
}
