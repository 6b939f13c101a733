import Tensors

/// A `.npy` file of numbers as many tools write it: float64, float32, float16 or bytes, C order.
struct NPYArray {
  /// The shape of the array, as its head states it; the file is as long as that takes.
  let shape: Shape
  private let path: String
  private let type: String
  private let offset: Int

  private static let sizes = ["<f8": 8, "<f4": 4, "<f2": 2, "|u1": 1, "|b1": 1]
  /// How many elements are read at once.
  private static let chunk = 1 << 18

  /// Reads the head of a file; no element is read.
  /// - Throws: `Failure` where it is not there or not such an array.
  init(_ path: String) throws(Failure) {
    let head: [UInt8]
    let count: Int
    do throws(SystemError) {
      let file = try OpenFile(reading: path)
      count = try file.byteCount()
      head = try file.bytes(at: 0, count: min(count, NPYHeader.longest))
    } catch {
      throw error.reading(path)
    }
    do throws(NPYError) {
      let header = try NPYHeader(head, types: Set(Self.sizes.keys))
      let expected = header.shape.elementCount * (Self.sizes[header.type] ?? 4)
      guard count - header.offset == expected else {
        throw .length(header.shape, expected: expected, found: count - header.offset)
      }
      (shape, type, offset) = (header.shape, header.type, header.offset)
    } catch {
      throw error.failure(path)
    }
    self.path = path
  }

  /// Reads the elements, rounded to float32, and gives them on a piece at a time.
  /// - Parameter body: gets the place of the first element of a piece, and the piece.
  /// - Throws: `Failure` where the file cannot be read, or what the body throws.
  func forEachPiece(_ body: (Int, [Float]) throws(Failure) -> Void) throws(Failure) {
    let size = Self.sizes[type] ?? 4
    for start in stride(from: 0, to: shape.elementCount, by: Self.chunk) {
      let count = min(Self.chunk, shape.elementCount - start)
      let bytes: [UInt8]
      do throws(SystemError) {
        bytes = try OpenFile(reading: path).bytes(at: offset + start * size, count: count * size)
      } catch {
        throw error.reading(path)
      }
      guard bytes.count == count * size else {
        throw Failure(.content, path, "was cut while it was read", try: "write it again")
      }
      try body(start, (0..<count).map { Self.element(bytes, $0 * size, size) })
    }
  }

  private static func element(_ bytes: [UInt8], _ start: Int, _ size: Int) -> Float {
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
