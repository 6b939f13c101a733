import Tensors

extension PlacedTensor {
  /// The elements of a plain tensor under four other extents.
  func viewed(as extents: [Int]) -> TensorArgument {
    precondition(layout == .plain, "only a plain tensor has other views")
    return TensorArgument(
      rows: Int32(extents[0]), capacity: Int32(extents[0]), channels: Int32(extents[1]),
      height: Int32(extents[2]), width: Int32(extents[3]), blocked: 0)
  }

  /// A tensor of rank 4, or the elements of any other as one row.
  var argumentOrRow: TensorArgument {
    shape.rank == 4 ? argument : viewed(as: [1, 1, 1, shape.elementCount])
  }

  /// A tensor of rank 4, or any other with what lies behind its channels as one row:
  /// `[N, C, 1, rest]`.
  var argumentByChannels: TensorArgument { shape.rank == 4 ? argument : split(at: 1) }

  /// A tensor of rank 4, or any other cut at an axis: `[1, outer, extent of the axis, inner]`.
  func argument(cutAt axis: Int) -> TensorArgument {
    guard shape.rank != 4 else { return argument }
    return viewed(as: [
      1, shape.extents[..<axis].reduce(1, *), shape[axis],
      shape.extents[(axis + 1)...].reduce(1, *),
    ])
  }
}

/// An offset along each of four axes.
struct OffsetArgument: BitwiseCopyable {
  var rows: Int32 = 0
  var channels: Int32 = 0
  var height: Int32 = 0
  var width: Int32 = 0

  /// An offset along one axis of a tensor, as `PlacedTensor.argument(cutAt:)` sees it.
  init(_ offset: Int, along axis: Int, rank: Int) {
    switch rank == 4 ? axis : 2 {
    case 0: rows = Int32(offset)
    case 1: channels = Int32(offset)
    case 2: height = Int32(offset)
    default: width = Int32(offset)
    }
  }
}
