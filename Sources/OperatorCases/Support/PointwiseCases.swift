import Graphs
import Tensors

extension OperatorCase {
  /// An operator of one input over sizes around the widths of vectors and channel blocks.
  ///
  /// Gradients are compared where the values stay off kinks, that is not on zeros.
  static func pointwise(
    _ operation: some Operator, _ values: Values = .signed, isDifferentiable: Bool = true,
    tolerance: Double = singlePrecision
  ) -> [OperatorCase] {
    let sizes: [(String, Operand, Int)] = [
      ("one element", .rows("x", [1], values), 1),
      ("31 elements, 5 rows", .rows("x", [31], values), 5),
      ("17 channels", .rows("x", [17, 3, 5], values), 2),
      ("16 channels", .rows("x", [16, 4, 4], values), 1),
      ("15 channels, 5 rows", .rows("x", [15, 7, 7], values), 5),
      ("33 channels of one pixel", .rows("x", [33, 1, 1], values), 2),
      ("65 by 67, one channel", .rows("x", [1, 65, 67], values), 1),
      ("no rows", .fixed("x", [7, 13], values), 1),
      ("rank 5", .rows("x", [2, 3, 2, 5], values), 2),
    ]
    return sizes.map { title, operand, rows in
      OperatorCase(
        .pointwise, title, operation, [isDifferentiable ? operand : operand.withoutGradient],
        rows: rows, tolerance: tolerance)
    }
  }

  /// An operator of one input over zeros of both signs, or other values at kinks.
  static func pointwiseKinks(
    _ operation: some Operator, _ title: String, _ values: Values,
    tolerance: Double = singlePrecision
  ) -> OperatorCase {
    OperatorCase(
      .pointwise, title, operation, [.rows("x", [17, 5, 3], values).withoutGradient],
      tolerance: tolerance)
  }
}
