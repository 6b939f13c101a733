import Tensors

/// The C struct `line` of `common/reduction.clh`: the extents of the reduced axes, 1 for the others.
struct LineArgument: BitwiseCopyable {
  var rows: Int32
  var channels: Int32
  var height: Int32
  var width: Int32
}

/// How an operator along some axes sees its tensors: as four axes, some of which are reduced.
///
/// Where all tensors are plain, neighbouring axes that are both reduced or both kept become one, so
/// that tensors of higher rank fit and work-items have neighbours. The order of the elements of a
/// line is the same.
struct Lines {
  /// The extents of a whole tensor.
  private let extents: [Int]
  /// Which of the four axes are reduced.
  private let isReduced: [Bool]

  /// The lines of a tensor of this shape along some axes; nil where four axes do not suffice.
  init?(_ shape: Shape, along axes: [Int], merges: Bool) {
    var extents: [Int] = []
    var isReduced: [Bool] = []
    for (axis, extent) in shape.extents.enumerated() {
      let reduces = axes.contains(axis)
      if merges, let last = isReduced.last, last == reduces {
        extents[extents.count - 1] *= extent
      } else {
        extents.append(extent)
        isReduced.append(reduces)
      }
    }
    guard extents.count <= 4 else { return nil }
    let missing = 4 - extents.count
    self.extents = [Int](repeating: 1, count: missing) + extents
    self.isReduced = [Bool](repeating: false, count: missing) + isReduced
  }

  /// The lines of a tensor of this shape along some axes, as these tensors are stored.
  init(_ shape: Shape, along axes: [Int], in tensors: [PlacedTensor]) {
    let merges = tensors.allSatisfy { $0.layout == .plain }
    guard let lines = Lines(shape, along: axes, merges: merges) else {
      preconditionFailure("the ladder is empty where four axes do not suffice")
    }
    self = lines
  }

  /// The extents of a line.
  var span: LineArgument {
    let spans = zip(extents, isReduced).map { Int32($1 ? $0 : 1) }
    return LineArgument(rows: spans[0], channels: spans[1], height: spans[2], width: spans[3])
  }

  /// Whether each line lies in one piece of a plain tensor.
  var arePieces: Bool { isReduced == [false, false, false, true] }

  /// The number of elements of a line.
  var count: Int { zip(extents, isReduced).reduce(1) { $0 * ($1.1 ? $1.0 : 1) } }

  /// The number of lines.
  var lineCount: Int { zip(extents, isReduced).reduce(1) { $0 * ($1.1 ? 1 : $1.0) } }

  /// A tensor of the whole shape.
  func whole(_ tensor: PlacedTensor) -> TensorArgument { argument(tensor, extents) }

  /// A tensor with one element for each line.
  func reduced(_ tensor: PlacedTensor) -> TensorArgument {
    argument(tensor, zip(extents, isReduced).map { $1 ? 1 : $0 })
  }

  /// Plain working memory with one element for each line.
  var scratch: TensorArgument {
    let shape = Shape(zip(extents, isReduced).map { $1 ? 1 : $0 })
    return PlacedTensor(shape: shape, capacity: shape[0], layout: .plain).argument
  }

  private func argument(_ tensor: PlacedTensor, _ extents: [Int]) -> TensorArgument {
    tensor.layout == .plain ? tensor.viewed(as: extents) : tensor.argument
  }
}
