import Tensors

/// A `.npy` file of numbers as many tools write it: float64, float32, float16 or bytes, C order.
struct NPYArray {
  /// The shape of the array.
  let shape: Shape
  private let path: String
  private let type: String
  private let bytes: ArraySlice<UInt8>

  private static let sizes = ["<f8": 8, "<f4": 4, "<f2": 2, "|u1": 1, "|b1": 1]

  /// Reads a file of at most 4 GiB.
  /// - Throws: `Failure` where it is not there or not such an array.
  init(_ path: String) throws(Failure) {
    let bytes = try Files.contents(of: path, limit: 1 << 32)
    let header: NPYHeader
    do throws(NPYError) {
      header = try NPYHeader(bytes, types: Set(Self.sizes.keys))
      let expected = header.shape.elementCount * (Self.sizes[header.type] ?? 4)
      guard bytes.count - header.offset == expected else {
        throw .length(header.shape, expected: expected, found: bytes.count - header.offset)
      }
    } catch {
      throw error.failure(path)
    }
    self.path = path
    self.bytes = bytes[header.offset...]
    shape = header.shape
    type = header.type
  }

  /// The elements, rounded to float32.
  func values() throws(Failure) -> [Float] {
    let size = Self.sizes[type] ?? 4
    return (0..<shape.elementCount).map { element in
      let start = bytes.startIndex + element * size
      var word: UInt64 = 0
      for place in (0..<size).reversed() { word = word << 8 | UInt64(bytes[start + place]) }
      switch size {
      case 8: return Float(Double(bitPattern: word))
      case 4: return Float(bitPattern: UInt32(word))
      case 2: return Float(Float16(bitPattern: UInt16(word)))
      default: return Float(word)
      }
    }
  }
}
