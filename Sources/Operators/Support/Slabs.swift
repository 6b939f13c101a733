import Tensors

extension Shape {
  /// How a tensor falls apart along an axis: outer places, extent, and elements behind the axis.
  func slabs(along axis: Int) -> (outer: Int, extent: Int, inner: Int) {
    (
      extents[..<axis].reduce(1, *), extents[axis],
      extents[(axis + 1)...].reduce(1, *)
    )
  }

  /// The shape with another extent along one axis.
  func with(_ extent: Int, along axis: Int) -> Shape {
    var shape = self
    shape[axis] = extent
    return shape
  }
}
