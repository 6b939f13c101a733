import Operators
import Tensors

/// Codes of one to many places, and indices beyond them.
enum OneHotCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("1000 classes", [1], depth: 1000, .positions(below: 1000)),
    make("one class", [1], depth: 1, .positions(below: 1), rows: 1),
    make("17 places, 5 rows", [1], depth: 17, .positions(around: 17), rows: 5),
    make("maps", [16, 1], depth: 35, .positions(below: 35)),
    make("beyond either end", [31, 1], depth: 3, .positions(around: 3)),
    make("not whole, not a number", [5, 1], depth: 3, .list([0.5, .nan, -0.0, 2, 3])),
  ]

  private static func make(
    _ title: String, _ row: Shape, depth: Int, _ values: Values, rows: Int = 2
  ) -> OperatorCase {
    OperatorCase(
      .reduction, title, OneHot(depth: depth), [.rows("index", row, values).withoutGradient],
      rows: rows, tolerance: 0)
  }
}
