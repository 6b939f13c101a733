/// A dense row-major tensor in host memory.
public struct HostTensor<Scalar: BinaryFloatingPoint & Sendable>: Sendable {
  /// The extents of the tensor.
  public let shape: Shape

  /// The elements in row-major order; as many as the shape says.
  public var elements: [Scalar]

  /// A tensor over these elements.
  /// - Precondition: `elements.count == shape.elementCount`.
  public init(_ shape: Shape, _ elements: [Scalar]) {
    precondition(elements.count == shape.elementCount, "\(elements.count) elements for \(shape)")
    self.shape = shape
    self.elements = elements
  }

  /// A tensor filled with one value.
  public init(_ shape: Shape, filledWith value: Scalar) {
    self.init(shape, [Scalar](repeating: value, count: shape.elementCount))
  }

  /// A tensor whose element at each flat row-major index is computed.
  public init(_ shape: Shape, _ element: (Int) -> Scalar) {
    self.init(shape, (0..<shape.elementCount).map(element))
  }

  /// A rank-0 tensor.
  public init(scalar: Scalar) {
    self.init([], [scalar])
  }

  /// The element at a flat row-major index.
  public subscript(_ index: Int) -> Scalar {
    get { elements[index] }
    set { elements[index] = newValue }
  }

  /// The element of a rank-4 tensor at batch, channel, row and column.
  public subscript(_ batch: Int, _ channel: Int, _ y: Int, _ x: Int) -> Scalar {
    get { elements[offset(batch, channel, y, x)] }
    set { elements[offset(batch, channel, y, x)] = newValue }
  }

  /// The same elements under another shape.
  /// - Precondition: the element counts agree.
  public func reshaped(_ shape: Shape) -> HostTensor {
    HostTensor(shape, elements)
  }

  /// Some of the rows of the leading axis.
  public func rows(_ range: Range<Int>) -> HostTensor {
    let size = shape.row.elementCount
    return HostTensor(
      shape.withRows(range.count),
      Array(elements[range.lowerBound * size..<range.upperBound * size]))
  }

  /// The rows of a new leading axis.
  /// - Precondition: `rows` is not empty; all are of one shape.
  public init(stacking rows: [HostTensor]) {
    precondition(rows.allSatisfy { $0.shape == rows[0].shape }, "rows of several shapes")
    self.init(Shape([rows.count] + rows[0].shape.extents), rows.flatMap(\.elements))
  }

  /// The same values in another floating-point type, rounded to nearest.
  public func converted<Other>(to type: Other.Type = Other.self) -> HostTensor<Other> {
    HostTensor<Other>(shape, elements.map { Other($0) })
  }

  private func offset(_ batch: Int, _ channel: Int, _ y: Int, _ x: Int) -> Int {
    ((batch * shape[1] + channel) * shape[2] + y) * shape[3] + x
  }
}

extension HostTensor<Float> {
  /// Whether both have one shape and the same bits in every element, signs of zeros included.
  public func hasSameBits(as other: HostTensor) -> Bool {
    shape == other.shape
      && elements.elementsEqual(other.elements) { $0.bitPattern == $1.bitPattern }
  }
}

extension HostTensor: Equatable where Scalar: Equatable {}
extension HostTensor: Hashable where Scalar: Hashable {}
