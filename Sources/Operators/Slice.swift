import Graphs
import Tensors

/// Some neighbouring elements along an axis.
///
/// y[..., i, ...] = x[..., range.lowerBound + i, ...]; ONNX `Slice` with step 1.
///
/// Input: x of any shape. Output: the same with the length of the range along the axis. The axis is
/// not 0 where x has rows.
public struct Slice: Operator {
  /// The stem of every file about this operator.
  public static let name = "slice"

  /// The axis that is cut.
  public var axis: Int
  /// The places along the axis that stay.
  public var range: Range<Int>

  /// A slice.
  public init(axis: Int, range: Range<Int>) {
    self.axis = axis
    self.range = range
  }

  /// The shape of x with the length of the range along the axis.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, 1...1, takes: "x")
    try Self.check(axis: axis, of: inputs[0])
    guard range.lowerBound >= 0, range.upperBound <= inputs[0][axis], !range.isEmpty else {
      throw ShapeError(Self.name, "\(range) along axis \(axis) of \(inputs[0])")
    }
    return inputs[0].with(range.count, along: axis)
  }

  /// The rows of x.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    try Self.check(axis: axis, keepsRowsOf: inputs)
    return try Self.sharedRows(inputs)
  }

  /// Copies the part of each slab.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let slabs = inputs[0].shape.slabs(along: axis)
    var elements: [Double] = []
    for outer in 0..<slabs.outer {
      let start = (outer * slabs.extent + range.lowerBound) * slabs.inner
      elements += inputs[0].elements[start..<start + range.count * slabs.inner]
    }
    return HostTensor(checkedShape(inputs), elements)
  }

  /// The upstream gradient with zeros where x was cut away.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let after = graph.shape(of: site.inputs[0])[axis] - range.upperBound
    let pad = Pad(axis: axis, before: range.lowerBound, after: after)
    return [try graph.add(pad, [site.upstream])]
  }

  /// The output read and written once.
  public func cost(_ inputs: [Shape]) -> Cost {
    Cost(operations: 0, floats: 2 * outputCount(inputs))
  }
}
