import Graphs
import Tensors

/// Shapes with and without rows.
enum OnesCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("one element", .rows("x", [1]), rows: 1),
    make("17 channels", .rows("x", [17, 3, 2]), rows: 2),
    make("33 channels, 5 rows", .rows("x", [33, 1, 1]), rows: 5),
    make("no rows", .fixed("x", [7, 5]), rows: 1),
    make("a scalar", .fixed("x", []), rows: 1),
  ]

  private static func make(_ title: String, _ x: Operand, rows: Int) -> OperatorCase {
    OperatorCase(.shape, title, Ones(), [x.withoutGradient], rows: rows, tolerance: 0)
  }
}
