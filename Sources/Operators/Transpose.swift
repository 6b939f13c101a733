import Graphs
import Tensors

/// The axes of a tensor in another order.
///
/// Axis a of y is axis permutation[a] of x; ONNX `Transpose`, PyTorch `permute`.
///
/// Input: x of the rank of the permutation. Output: its extents in the new order. Axis 0 stays first
/// where x has rows.
public struct Transpose: Operator {
  /// The stem of every file about this operator.
  public static let name = "transpose"

  /// For each axis of the output, the axis of the input.
  public var permutation: [Int]

  /// A transposition.
  public init(_ permutation: [Int]) {
    self.permutation = permutation
  }

  /// The extents in the new order.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, 1...1, takes: "x")
    guard permutation.sorted() == Array(inputs[0].extents.indices) else {
      throw ShapeError(Self.name, "\(permutation) does not permute the axes of \(inputs[0])")
    }
    return Shape(permutation.map { inputs[0][$0] })
  }

  /// The rows of x.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    try Self.check(axis: permutation.first == 0 ? 1 : 0, keepsRowsOf: inputs)
    return inputs.first ?? nil
  }

  /// Copies element by element.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let shape = checkedShape(inputs)
    let strides = inputs[0].shape.strides
    return HostTensor(shape) { flat in
      var rest = flat
      var index = 0
      for axis in shape.extents.indices.reversed() {
        index += rest % shape[axis] * strides[permutation[axis]]
        rest /= shape[axis]
      }
      return inputs[0][index]
    }
  }

  /// The upstream gradient with the axes back in place.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let inverse = permutation.indices.map { axis in permutation.firstIndex(of: axis) ?? axis }
    return [try graph.add(Transpose(inverse), [site.upstream])]
  }

  /// Memory traffic only.
  public func cost(_ inputs: [Shape]) -> Cost { cost(inputs, operations: 0) }
}
