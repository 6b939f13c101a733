import Graphs
import Tensors

/// Tensors put one behind the other along an axis.
///
/// ONNX `Concat`, PyTorch `cat`.
///
/// Inputs: one or more tensors that differ only along the axis. Output: their extents added. The
/// axis is not 0 where inputs have rows.
public struct Concat: Operator {
  /// The stem of every file about this operator.
  public static let name = "concat"

  /// The axis along which the extents are added.
  public var axis: Int

  /// A concatenation.
  public init(axis: Int) {
    self.axis = axis
  }

  /// The common shape, with the sum of the extents along the axis.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, 1...Int.max, takes: "one tensor or more")
    try Self.check(axis: axis, of: inputs[0])
    var sum = 0
    for shape in inputs {
      guard shape.rank == inputs[0].rank,
        shape.with(1, along: axis) == inputs[0].with(1, along: axis)
      else { throw ShapeError(Self.name, "\(Self.list(inputs)) along axis \(axis)") }
      sum += shape[axis]
    }
    return try Self.sized(inputs[0].with(sum, along: axis))
  }

  /// The rows of the inputs.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    try Self.check(axis: axis, keepsRowsOf: inputs)
    return try Self.sharedRows(inputs)
  }

  /// Copies the slabs of each input in turn.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let shape = checkedShape(inputs)
    var elements: [Double] = []
    for outer in 0..<shape.slabs(along: axis).outer {
      for input in inputs {
        let slabs = input.shape.slabs(along: axis)
        let size = slabs.extent * slabs.inner
        elements += input.elements[outer * size..<(outer + 1) * size]
      }
    }
    return HostTensor(shape, elements)
  }

  /// The part of the upstream gradient that each input fills.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    var gradients: [Value?] = []
    var start = 0
    for input in site.inputs {
      let end = start + graph.shape(of: input)[axis]
      gradients.append(try graph.add(Slice(axis: axis, range: start..<end), [site.upstream]))
      start = end
    }
    return gradients
  }

  /// Memory traffic only.
  public func cost(_ inputs: [Shape]) -> Cost { cost(inputs, operations: 0) }
}
