import Tensors

/// A place along an axis that a number names, or nil where it lies outside 0 ..< extent or is NaN.
func place(_ number: Double, below extent: Int) -> Int? {
  number >= 0 && number < Double(extent) ? Int(number) : nil
}

extension Shape {
  /// The first element, in a table of this shape, of the block that an index names; nil where a
  /// component is out of range.
  func block(_ components: ArraySlice<Double>) -> Int? {
    let strides = strides
    var start = 0
    for (axis, component) in components.enumerated() {
      guard let place = place(component, below: self[axis]) else { return nil }
      start += place * strides[axis]
    }
    return start
  }
}
