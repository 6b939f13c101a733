import Operators
import Tensors

/// Short lists and long ones, with many equal elements, with and without ties of their own.
enum RankCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("one element", [1], rows: 1),
    make("17 elements", [17]),
    make("1000 elements, 5 rows", [1000], rows: 5),
    make("lists in matrices", [3, 65]),
    make("a small map", [1, 31, 33]),
    make("equal elements", [257], .levels(5)),
    make("zeros of both signs", [63], .zeros),
    make("constant", [200], .list([0.5])),
    make("infinite", [40], .list([.infinity, 1, -.infinity, 0])),
    make("equal elements and ties", [300], .levels(3), ties: .distinct),
    make("equal elements and equal ties", [2, 129], .levels(3), ties: .levels(3)),
    make("constant and ties", [64], .list([1]), ties: .signed),
  ]

  private static func make(
    _ title: String, _ row: Shape, _ values: Values = .signed, ties: Values? = nil, rows: Int = 2
  ) -> OperatorCase {
    let x = Operand.rows("x", row, values).withoutGradient
    let own = ties.map { Operand.rows("ties", row, $0).withoutGradient }
    return OperatorCase(
      .reduction, title, Rank(), [x] + (own.map { [$0] } ?? []), rows: rows, tolerance: 0)
  }
}
