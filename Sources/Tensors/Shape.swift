/// The extents of a tensor, outermost axis first; images are batch, channels, height, width.
///
/// A shape is a plain list of extents. Rank 0 is a scalar with one element.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The extent of each axis, outermost first.
  public var extents: [Int]

  /// A shape with these extents.
  public init(_ extents: [Int]) {
    self.extents = extents
  }

  /// A shape written as a literal, `[1, 3, 224, 224]`.
  public init(arrayLiteral elements: Int...) {
    self.extents = elements
  }

  /// The number of axes.
  public var rank: Int { extents.count }

  /// The product of all extents.
  ///
  /// A shape made from a file is checked with `checkedElementCount`.
  public var elementCount: Int { extents.reduce(1, *) }

  /// The product of all extents, or nil where an extent is negative or the product overflows.
  public var checkedElementCount: Int? {
    var product = 1
    for extent in extents {
      guard extent >= 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      product = next
    }
    return product
  }

  /// The extent of one axis.
  public subscript(axis: Int) -> Int {
    get { extents[axis] }
    set { extents[axis] = newValue }
  }

  /// The distance, in elements, between neighbours along each axis of a row-major tensor.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * extents[axis + 1]
    }
    return strides
  }

  /// The same shape with another leading extent: the batch of a value that has one.
  public func withRows(_ rows: Int) -> Shape {
    Shape([rows] + extents.dropFirst())
  }

  /// The shape of one row: everything behind the leading axis.
  public var row: Shape { Shape(Array(extents.dropFirst())) }

  /// `2x3x224x224`, or `scalar` for rank 0.
  public var description: String {
    extents.isEmpty ? "scalar" : extents.map(String.init).joined(separator: "x")
  }
}
