import Graphs
import Operators
import Tensors

extension OperatorCase {
  /// A rule over numbers of weights around the width of a vector.
  static func updates(
    _ title: String, _ operation: some Operator, state: Int, _ values: Values,
    scalars: [(name: String, value: Float)]
  ) -> [OperatorCase] {
    [(1, 1), (31, 2), (257, 5)].map { count, rows in
      let operands: [Operand] =
        [.fixed("state", [state, count], values), .fixed("gradient", [count])]
        + scalars.map { .fixed($0.name, [1], .list([$0.value])) }
      return OperatorCase(
        .pointwise, "\(title), \(count) weights", operation, operands.map(\.withoutGradient),
        rows: rows)
    }
  }
}
