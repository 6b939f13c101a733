import Graphs
import Tensors

/// Zeros put before and behind a tensor along an axis.
///
/// ONNX `Pad` in constant mode, one axis at a time. The adjoint of `Slice`.
///
/// Input: x of any shape. Output: the same, longer along the axis. The axis is not 0 where x has
/// rows.
public struct Pad: Operator {
  /// The stem of every file about this operator.
  public static let name = "pad"

  /// The axis that grows.
  public var axis: Int
  /// The number of zeros before the tensor.
  public var before: Int
  /// The number of zeros behind the tensor.
  public var after: Int

  /// A padding.
  public init(axis: Int, before: Int, after: Int) {
    self.axis = axis
    self.before = before
    self.after = after
  }

  /// The shape of x, longer along the axis.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, 1...1, takes: "x")
    try Self.check(axis: axis, of: inputs[0])
    let limits = 0...Int(Int32.max)
    guard limits ~= before, limits ~= after else {
      throw ShapeError(Self.name, "\(before) before and \(after) behind")
    }
    return try Self.sized(inputs[0].with(before + inputs[0][axis] + after, along: axis))
  }

  /// The rows of x.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    try Self.check(axis: axis, keepsRowsOf: inputs)
    return try Self.sharedRows(inputs)
  }

  /// Copies each slab between its zeros.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let slabs = inputs[0].shape.slabs(along: axis)
    let size = slabs.extent * slabs.inner
    var elements: [Double] = []
    for outer in 0..<slabs.outer {
      elements += [Double](repeating: 0, count: before * slabs.inner)
      elements += inputs[0].elements[outer * size..<(outer + 1) * size]
      elements += [Double](repeating: 0, count: after * slabs.inner)
    }
    return HostTensor(checkedShape(inputs), elements)
  }

  /// The upstream gradient without the padding.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let extent = graph.shape(of: site.inputs[0])[axis]
    let slice = Slice(axis: axis, range: before..<before + extent)
    return [try graph.add(slice, [site.upstream])]
  }

  /// Memory traffic only.
  public func cost(_ inputs: [Shape]) -> Cost { cost(inputs, operations: 0) }
}
