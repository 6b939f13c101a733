import Graphs
import Tensors

/// The same elements, in the same order, under another shape.
///
/// ONNX `Reshape` and `Flatten`. Where the input has rows the first extent of the new shape is 1 and
/// stands for their number.
///
/// Input: x of any shape. Output: as many elements.
public struct Reshape: Operator {
  /// The stem of every file about this operator.
  public static let name = "reshape"

  /// The new shape.
  public var shape: Shape

  /// A reshape.
  public init(_ shape: Shape) {
    self.shape = shape
  }

  /// The new shape, with the rows of x in front where it stands for one row.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, 1...1, takes: "x")
    let x = inputs[0]
    let target = try Self.sized(shape)
    if x.elementCount == target.elementCount { return target }
    guard x.rank > 0, target.extents.first == 1,
      x.row.elementCount == target.elementCount
    else { throw ShapeError(Self.name, "\(x) has not as many elements as \(target)") }
    return target.withRows(x[0])
  }

  /// The elements as they are.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    inputs[0].reshaped(checkedShape(inputs))
  }

  /// The upstream gradient in the shape of x.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    [try graph.add(Reshape(graph.shape(of: site.inputs[0])), [site.upstream])]
  }

  /// Nothing is computed, and no element needs to move.
  public func cost(_ inputs: [Shape]) -> Cost { Cost(operations: 0, floats: 0) }
}
