import Tensors

/// A `.npy` file of images: `[C, H, W]`, or a stack `[N, C, H, W]` that is read row by row.
public struct NPYFile: Sendable, Hashable {
  /// Where it is.
  public let path: String
  /// Its header.
  public let header: NPYHeader

  /// Reads the header and checks the length of the file.
  /// - Throws: `Failure` where the file is not there or not such an array.
  public init(_ path: String) throws(Failure) {
    let start: [UInt8]
    let count: Int
    do throws(SystemError) {
      let file = try OpenFile(reading: path)
      count = try file.byteCount()
      // The header of thousands of files is read before the first is explained: little at first.
      let usual = try file.bytes(at: 0, count: min(count, 1024))
      let whole = min(count, NPYHeader.byteCount(usual))
      start = whole <= usual.count ? usual : try file.bytes(at: 0, count: whole)
    } catch {
      throw error.reading(path)
    }
    do throws(NPYError) {
      header = try NPYHeader(start)
      let expected = header.shape.elementCount * 4
      guard count - header.offset == expected else {
        throw .length(header.shape, expected: expected, found: count - header.offset)
      }
    } catch {
      throw error.failure(path)
    }
    self.path = path
  }

  /// The shape of the whole array.
  public var shape: Shape { header.shape }

  /// The number of images: N of a stack, else 1.
  public var rowCount: Int { isStack ? shape[0] : 1 }

  /// Whether the array has a leading axis of images.
  public var isStack: Bool { shape.rank == 4 }

  /// The shape of one image, as the array states it.
  public var imageShape: Shape { isStack ? shape.row : shape }

  /// Reads one image; every element is finite.
  /// - Parameter row: the image of a stack, from 0; 0 where the array is one image.
  /// - Returns: the image, `[C, H, W]`.
  /// - Throws: `Failure` where the file changed, or naming the first element that is not finite.
  public func image(row: Int) throws(Failure) -> HostTensor<Float> {
    guard row >= 0, row < rowCount else {
      throw Failure(.content, path, "no row \(row); there are \(rowCount)")
    }
    let count = imageShape.elementCount
    let image = try elements(from: row * count, count: count)
    if let place = image.firstIndex(where: { !$0.isFinite }) {
      throw notFinite(image[place], row: row, place: place)
    }
    return HostTensor(imageShape, image)
  }

  /// Reads the whole array, whatever its shape; elements may be anything.
  /// - Throws: `Failure` where the file changed.
  public func tensor() throws(Failure) -> HostTensor<Float> {
    HostTensor(shape, try elements(from: 0, count: shape.elementCount))
  }

  private func elements(from first: Int, count: Int) throws(Failure) -> [Float] {
    var elements = [Float](repeating: 0, count: count)
    let offset = header.offset + first * 4
    let found: Int
    do throws(SystemError) {
      let file = try OpenFile(reading: path)
      // The length was checked when the file was opened first; a file cut since then is caught here.
      found = try file.read(into: &elements, at: offset)
    } catch {
      throw error.reading(path)
    }
    guard found == count * 4 else { throw Failure(.content, path, "was cut off while it was read") }
    for index in elements.indices {
      elements[index] = Float(bitPattern: UInt32(littleEndian: elements[index].bitPattern))
    }
    return elements
  }

  private func notFinite(_ value: Float, row: Int, place: Int) -> Failure {
    let strides = imageShape.strides
    var rest = place
    let position = strides.map { stride in
      defer { rest %= stride }
      return String(rest / stride)
    }
    let what = value.isNaN ? "NaN" : "infinity"
    return Failure(
      .content, path, "\(what) in row \(row) at [\(position.joined(separator: ", "))]",
      try: "an input must be finite")
  }

  /// The bytes of a `.npy` file that holds a tensor.
  public static func bytes(of tensor: HostTensor<Float>) -> [UInt8] {
    var bytes = NPYHeader.bytes(for: tensor.shape)
    bytes.reserveCapacity(bytes.count + tensor.elements.count * 4)
    for element in tensor.elements {
      // The four bytes of a number, without an array for each.
      withUnsafeBytes(of: element.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }
    return bytes
  }
}
