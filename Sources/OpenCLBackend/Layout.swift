import Tensors

/// How a tensor is stored on the device; a private matter of this backend.
package enum Layout: Sendable, Hashable {
  /// Row-major, the order of the logical shape.
  case plain
  /// (C/16, N, H, W, 16): blocks of 16 channels with the batch inside, tail lanes zero.
  case blocked

  /// The number of channels of a block.
  package static let lanes = 16

  /// The blocks that so many channels fill.
  package static func blockCount(_ channels: Int) -> Int { (channels + lanes - 1) / lanes }

  /// The layout in which tensors cross the border of an executable.
  ///
  /// Activations, rank 4 with at least 16 channels, are blocked; pictures, masks, maps, logits and
  /// everything of another rank is plain.
  package static func canonical(for shape: Shape) -> Layout {
    shape.rank == 4 && shape[1] >= lanes ? .blocked : .plain
  }

  /// The number of floats that a buffer for `capacity` rows of this shape holds.
  package func floatCount(of shape: Shape, capacity: Int) -> Int {
    switch self {
    case .plain:
      return shape.rank == 0 ? 1 : shape.withRows(capacity).elementCount
    case .blocked:
      return Self.blockCount(shape[1]) * capacity * shape[2] * shape[3] * Self.lanes
    }
  }
}

/// A tensor as a kernel sees it; the C struct `tensor` of `common/tensor.clh`, field by field.
package struct TensorArgument: BitwiseCopyable, Sendable, Hashable {
  package var first: Int32 = 0
  package var rows: Int32
  package var capacity: Int32
  package var channels: Int32
  package var height: Int32
  package var width: Int32
  package var blocked: Int32
}

/// A tensor at the moment of a launch: its true shape and how its buffer is laid out.
package struct PlacedTensor: Sendable, Hashable {
  /// The true shape, rows of this run included.
  package var shape: Shape
  /// The number of rows that the buffer holds.
  package var capacity: Int
  /// How it is stored.
  package var layout: Layout

  package init(shape: Shape, capacity: Int, layout: Layout) {
    self.shape = shape
    self.capacity = capacity
    self.layout = layout
  }

  /// The four axes as kernels see them; missing ones behind the last have extent 1.
  ///
  /// Rank 4 and less only. A vector `[K]` is 1 x K x 1 x 1; a scalar has one element.
  package var argument: TensorArgument {
    if shape.rank == 1 { return axes([1, shape[0], 1, 1], capacity: 1) }
    precondition(shape.rank <= 4, "a kernel sees four axes, not \(shape)")
    return axes(shape.extents + [Int](repeating: 1, count: 4 - shape.rank), capacity: capacity)
  }

  /// The tensor against an output of `rank` axes: missing axes are put in front, as broadcasting
  /// has it.
  package func argument(alignedTo rank: Int) -> TensorArgument {
    guard shape.rank < rank, rank > 1 else { return argument }
    let front = [Int](repeating: 1, count: rank - shape.rank) + shape.extents
    return axes(front + [Int](repeating: 1, count: 4 - rank), capacity: 1)
  }

  /// A plain tensor of any rank as `[rows, 1, 1, elements of a row]`.
  package var flattened: TensorArgument {
    precondition(layout == .plain, "only a plain tensor is flat")
    let rows = shape.extents.first ?? 1
    return axes([rows, 1, 1, rows == 0 ? 0 : shape.elementCount / max(rows, 1)], capacity: rows)
  }

  /// A plain tensor cut at an axis: `[outer, extent of the axis, 1, inner]`.
  package func split(at axis: Int) -> TensorArgument {
    precondition(layout == .plain, "only a plain tensor is cut")
    let outer = shape.extents[..<axis].reduce(1, *)
    let inner = shape.extents[(axis + 1)...].reduce(1, *)
    return axes([outer, shape[axis], 1, inner], capacity: outer)
  }

  private func axes(_ extents: [Int], capacity: Int) -> TensorArgument {
    TensorArgument(
      rows: Int32(extents[0]), capacity: Int32(capacity), channels: Int32(extents[1]),
      height: Int32(extents[2]), width: Int32(extents[3]), blocked: layout == .blocked ? 1 : 0)
  }
}

extension TensorArgument {
  /// The work size of a kernel that walks over this tensor (`walk_element`): one item an element.
  package var walk: WorkItems {
    let lanes = blocked == 1 ? Layout.lanes : 1
    let inner = Int(height) * Int(width) * lanes
    return .row(of: inner, [Int(rows), (Int(channels) + lanes - 1) / lanes])
  }
}

extension TensorArgument {
  /// The work size of a kernel that walks over this blocked tensor as `common/lanes.clh` says.
  var runs: WorkItems {
    let run = 64
    return .groupsOfOne([
      (Int(height) * Int(width) + run - 1) / run, Int(rows), Layout.blockCount(Int(channels)),
    ])
  }

  /// The work size of a kernel that walks over the lines of this plain tensor, `SPAN` elements of
  /// `common/tensor.clh` an item.
  var spans: WorkItems {
    let span = 2048
    let pieces = (Int(width) + span - 1) / span
    return .groupsOfOne([Int(height) * pieces, Int(rows), Int(channels)])
  }

  /// One work-item for each row of pixels of a channel, or of a block of channels.
  var pixelRows: WorkItems {
    let channels = Int(channels)
    return .groupsOfOne([
      Int(height), Int(rows), blocked == 0 ? channels : Layout.blockCount(channels),
    ])
  }
}
