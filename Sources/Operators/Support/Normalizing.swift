import Graphs
import Tensors

/// An operator that rescales the elements along one axis by what they sum to.
protocol NormalizingOperator: Operator {
  /// The axis along which elements stand together; not 0 where x has rows.
  var axis: Int { get }
}

extension NormalizingOperator {
  /// The shape of x.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, 1...1, takes: "x")
    try Self.check(axis: axis, of: inputs[0])
    return inputs[0]
  }

  /// The rows of x.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    try Self.check(axis: axis, keepsRowsOf: inputs)
    return inputs.first ?? nil
  }

  /// Maximum, difference, power, sum, and the last step for each element.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 5 * inputs[0].elementCount)
  }
}
