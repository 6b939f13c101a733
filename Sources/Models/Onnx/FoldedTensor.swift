import Tensors

/// A small tensor whose numbers are known while the network is imported: shapes, axes, bounds.
///
/// Where a number is the batch it is 1 here and marked; it may be moved, and multiplied by 1, and
/// end as the leading extent of a `Reshape`, but nothing else may be computed from it.
struct FoldedTensor {
  /// The numbers, row-major.
  enum Numbers {
    case integers([Int])
    case floats([Float])
  }

  var shape: Shape
  var numbers: Numbers
  /// The flat indices that hold the number of rows.
  var batchPlaces: Set<Int> = []

  init(_ shape: Shape, _ numbers: Numbers, batchPlaces: Set<Int> = []) {
    self.shape = shape
    self.numbers = numbers
    self.batchPlaces = batchPlaces
  }

  /// A list of integers.
  init(_ integers: [Int], batchPlaces: Set<Int> = []) {
    self.init([integers.count], .integers(integers), batchPlaces: batchPlaces)
  }

  var count: Int {
    switch numbers {
    case .integers(let values): values.count
    case .floats(let values): values.count
    }
  }

  /// The integers, or nil where the tensor holds floats.
  var integers: [Int]? {
    guard case .integers(let values) = numbers else { return nil }
    return values
  }

  /// The numbers as floats.
  var floats: [Float] {
    switch numbers {
    case .integers(let values): values.map { Float($0) }
    case .floats(let values): values
    }
  }

  /// The same numbers under another shape of as many elements.
  func reshaped(_ shape: Shape) -> FoldedTensor {
    FoldedTensor(shape, numbers, batchPlaces: batchPlaces)
  }

  /// A tensor whose every element is one of this tensor's, by flat index.
  func picking(_ shape: Shape, _ indices: [Int]) -> FoldedTensor {
    var places: Set<Int> = []
    if !batchPlaces.isEmpty {
      for (place, index) in indices.enumerated() where batchPlaces.contains(index) {
        places.insert(place)
      }
    }
    switch numbers {
    case .integers(let values):
      return FoldedTensor(shape, .integers(indices.map { values[$0] }), batchPlaces: places)
    case .floats(let values):
      return FoldedTensor(shape, .floats(indices.map { values[$0] }), batchPlaces: places)
    }
  }
}

extension Shape {
  /// A shape from a file, or nil where its rank or its extents could not be real: more than 8 axes,
  /// an extent below 0 or above 2^31, or a product that overflows even without its zeros.
  init?(sound extents: [Int]) {
    let limits = 0...(1 << 31)
    guard extents.count <= 8, extents.allSatisfy({ limits ~= $0 }),
      Shape(extents.map { max($0, 1) }).checkedElementCount != nil
    else { return nil }
    self.init(extents)
  }

  /// The shape of two that broadcast as in NumPy, or nil where they do not.
  func broadcast(with other: Shape) -> Shape? {
    let rank = max(self.rank, other.rank)
    var extents = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let a = axis + self.rank - rank
      let b = axis + other.rank - rank
      let left = a < 0 ? 1 : self[a]
      let right = b < 0 ? 1 : other[b]
      guard left == right || left == 1 || right == 1 else { return nil }
      extents[axis] = left == 1 ? right : left
    }
    return Shape(extents)
  }

  /// For every element of a shape that this one broadcasts to, the flat index here.
  func indices(broadcastTo target: Shape) -> [Int] {
    let strides = self.strides
    return (0..<target.elementCount).map { flat in
      var rest = flat
      var index = 0
      for axis in target.extents.indices.reversed() {
        let place = rest % target[axis]
        rest /= target[axis]
        let own = axis + rank - target.rank
        if own >= 0, self[own] != 1 { index += place * strides[own] }
      }
      return index
    }
  }
}
