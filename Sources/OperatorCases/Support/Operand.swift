import Graphs
import Tensors

/// An input or a weight of a case, and how its values are made.
struct Operand: Sendable {
  /// What the graph calls it.
  let name: String
  /// The shape while the graph is built.
  let shape: Shape
  /// What its leading axis counts.
  let axis: RowAxis?
  /// Whether a backend holds it as a weight.
  let isWeight: Bool
  /// The values.
  let values: Values
  /// Whether its gradient is compared with central differences.
  var isDifferentiated: Bool

  /// An input with rows, each of this shape.
  static func rows(
    _ name: String, _ row: Shape, _ values: Values = .signed, on axis: RowAxis = .rows
  ) -> Operand {
    Operand(
      name: name, shape: Shape([1] + row.extents), axis: axis, isWeight: false, values: values,
      isDifferentiated: true)
  }

  /// An input without rows.
  static func fixed(_ name: String, _ shape: Shape, _ values: Values = .signed) -> Operand {
    Operand(
      name: name, shape: shape, axis: nil, isWeight: false, values: values,
      isDifferentiated: true)
  }

  /// A weight.
  static func weight(_ name: String, _ shape: Shape, _ values: Values = .signed) -> Operand {
    Operand(
      name: name, shape: shape, axis: nil, isWeight: true, values: values, isDifferentiated: true)
  }

  /// The same operand where no gradient is compared: an index, or values at a kink.
  var withoutGradient: Operand {
    var operand = self
    operand.isDifferentiated = false
    return operand
  }

  func add(to builder: inout GraphBuilder) -> Value {
    isWeight
      ? builder.parameter(ParameterName(name), shape) : builder.input(name, shape, rows: axis)
  }
}
