import Graphs
import Tensors

/// Weights that lie packed in a file.
public struct FileWeights: WeightSource {
  /// The shape of the tensor.
  public let shape: Shape
  /// How its numbers are stored.
  public let encoding: ScalarEncoding
  /// Where they are stored; exactly as many bytes as shape and encoding say.
  public let bytes: ByteSlice

  /// Weights over some bytes of a file, or nil where their number is not what shape and encoding
  /// ask for.
  public init?(_ shape: Shape, _ encoding: ScalarEncoding, _ bytes: ByteSlice) {
    guard encoding.byteCount(of: shape) == bytes.count else { return nil }
    self.shape = shape
    self.encoding = encoding
    self.bytes = bytes
  }

  /// Decodes some elements.
  public func decode(
    _ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(WeightError) {
    encoding.decode(bytes, range, into: destination)
  }
}

/// The transpose of a matrix of weights, `[K, C]` over a stored `[C, K]`.
public struct TransposedWeights: WeightSource {
  let base: any WeightSource

  /// The transpose of a matrix.
  /// - Precondition: the base has rank 2.
  public init(_ base: any WeightSource) {
    precondition(base.shape.rank == 2)
    self.base = base
  }

  /// The shape of the transpose.
  public var shape: Shape { [base.shape[1], base.shape[0]] }

  /// Decodes some elements: of every stored row the columns that the range touches.
  public func decode(
    _ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(WeightError) {
    guard !range.isEmpty else { return }
    let (rows, columns) = (base.shape[0], base.shape[1])
    let first = range.lowerBound / rows
    let last = (range.upperBound - 1) / rows
    // `decode` of the base wants memory by address; it is freed on every way out.
    let strip = UnsafeMutableBufferPointer<Float>.allocate(capacity: last - first + 1)
    defer { strip.deallocate() }
    for row in 0..<rows {
      let start = row * columns
      try base.decode(start + first..<start + last + 1, into: strip)
      for column in first...last {
        let index = column * rows + row
        guard range.contains(index) else { continue }
        destination[index - range.lowerBound] = strip[column - first]
      }
    }
  }
}

/// Weights that are one number everywhere: what `ConstantOfShape` states.
public struct FilledWeights: WeightSource {
  /// The shape of the tensor.
  public let shape: Shape
  /// The number.
  public let value: Float

  /// Weights of one value.
  public init(_ shape: Shape, _ value: Float) {
    self.shape = shape
    self.value = value
  }

  /// Repeats the number.
  public func decode(
    _ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(WeightError) {
    for place in 0..<range.count { destination[place] = value }
  }
}
