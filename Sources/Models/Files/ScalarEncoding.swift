import Graphs
import Tensors

/// How one number is stored in a model file, always little-endian.
public enum ScalarEncoding: String, Sendable, Hashable, CaseIterable {
  /// IEEE double precision.
  case float64
  /// IEEE single precision.
  case float32
  /// IEEE half precision.
  case float16
  /// The upper half of a single-precision number.
  case bfloat16
  /// Signed integers.
  case int64, int32, int16, int8
  /// Unsigned integers.
  case uint64, uint32, uint16, uint8
  /// One byte, 0 or 1.
  case bool

  /// The bytes of one number.
  public var byteCount: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// Whether the numbers are integers or truth values.
  public var isInteger: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: false
    default: true
    }
  }

  /// The bytes of so many numbers, or nil where the product overflows.
  public func byteCount(of shape: Shape) -> Int? {
    guard let count = shape.checkedElementCount else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: byteCount)
    return overflow ? nil : product
  }

  /// Decodes the numbers at some flat indices of a packed array.
  /// - Precondition: the array holds them, and there is room for them.
  func decode(
    _ bytes: ByteSlice, _ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) {
    switch self {
    case .float64:
      fill(bytes, range, destination) { Float(Double(bitPattern: $0 as UInt64)) }
    case .float32: fill(bytes, range, destination) { Float(bitPattern: $0 as UInt32) }
    case .float16: fill(bytes, range, destination) { Float(Float16(bitPattern: $0 as UInt16)) }
    case .bfloat16:
      fill(bytes, range, destination) { Float(bitPattern: UInt32($0 as UInt16) << 16) }
    case .int64: fill(bytes, range, destination) { Float($0 as Int64) }
    case .int32: fill(bytes, range, destination) { Float($0 as Int32) }
    case .int16: fill(bytes, range, destination) { Float($0 as Int16) }
    case .int8: fill(bytes, range, destination) { Float($0 as Int8) }
    case .uint64: fill(bytes, range, destination) { Float($0 as UInt64) }
    case .uint32: fill(bytes, range, destination) { Float($0 as UInt32) }
    case .uint16: fill(bytes, range, destination) { Float($0 as UInt16) }
    case .uint8, .bool: fill(bytes, range, destination) { Float($0 as UInt8) }
    }
  }

  /// The integer at a flat index of a packed array; nil for floating point or out of range.
  func integer(_ bytes: ByteSlice, at index: Int) -> Int? {
    let offset = index * byteCount
    switch self {
    case .int64: return Int(bytes.integer(at: offset, as: Int64.self))
    case .int32: return Int(bytes.integer(at: offset, as: Int32.self))
    case .int16: return Int(bytes.integer(at: offset, as: Int16.self))
    case .int8: return Int(bytes.integer(at: offset, as: Int8.self))
    case .uint64: return Int(exactly: bytes.integer(at: offset, as: UInt64.self))
    case .uint32: return Int(bytes.integer(at: offset, as: UInt32.self))
    case .uint16: return Int(bytes.integer(at: offset, as: UInt16.self))
    case .uint8, .bool: return Int(bytes.integer(at: offset, as: UInt8.self))
    case .float64, .float32, .float16, .bfloat16: return nil
    }
  }

  private func fill<Bits: FixedWidthInteger>(
    _ bytes: ByteSlice, _ range: Range<Int>, _ destination: UnsafeMutableBufferPointer<Float>,
    _ value: (Bits) -> Float
  ) {
    let size = MemoryLayout<Bits>.size
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count / size)
    precondition(destination.count >= range.count)
    let start = bytes.range.lowerBound + range.lowerBound * size
    let source = bytes.file.bytes
    for place in 0..<range.count {
      let bits = source.loadUnaligned(fromByteOffset: start + place * size, as: Bits.self)
      destination[place] = value(Bits(littleEndian: bits))
    }
  }
}
