import Graphs
import Tensors

extension OperatorCase {
  /// An operator of two inputs over the ways in which shapes broadcast.
  /// - Parameters:
  ///   - operation: the operator.
  ///   - values: the values of b.
  /// - Returns: one case for each way.
  static func broadcasting(
    _ operation: some Operator, _ values: Values = .signed
  ) -> [OperatorCase] {
    let pairs: [(String, Operand, Operand, Int)] = [
      ("one element", .rows("a", [1]), .rows("b", [1], values), 1),
      ("17 channels", .rows("a", [17, 5, 3]), .rows("b", [17, 5, 3], values), 2),
      ("16 channels, 5 rows", .rows("a", [16, 3, 3]), .rows("b", [16, 3, 3], values), 5),
      (
        "33 channels and a number each", .rows("a", [33, 3, 5]), .weight("b", [33, 1, 1], values), 2
      ),
      (
        "31 channels and [1, C, 1, 1]", .rows("a", [31, 2, 3]), .fixed("b", [1, 31, 1, 1], values),
        2
      ),
      ("a scalar", .rows("a", [15, 4, 4]), .fixed("b", [], values), 2),
      ("a scalar on the left", .fixed("a", []), .rows("b", [15, 4, 4], values), 2),
      (
        "a number for each row and channel", .rows("a", [17, 7, 5]),
        .rows("b", [17, 1, 1], values), 2
      ),
      ("a map for each row", .rows("a", [16, 7, 5]), .rows("b", [1, 7, 5], values), 5),
      ("channels against maps", .rows("a", [17, 1, 1]), .rows("b", [1, 3, 7], values), 2),
      ("maps against channels", .rows("a", [1, 3, 7]), .rows("b", [17, 1, 1], values), 2),
      ("a smaller left", .fixed("a", [5, 1]), .rows("b", [17, 5, 3], values), 2),
      ("vectors", .rows("a", [31]), .weight("b", [31], values), 5),
      ("a number for each row", .rows("a", [31]), .rows("b", [1], values), 5),
      ("long lines", .rows("a", [3, 33, 41]), .rows("b", [1, 1, 1], values), 2),
      ("long lines on the right", .fixed("a", [3, 1, 1]), .rows("b", [3, 50, 47], values), 2),
      ("no rows, middle axis", .fixed("a", [3, 1, 7]), .fixed("b", [3, 5, 7], values), 1),
    ]
    return pairs.map { title, a, b, rows in
      OperatorCase(.broadcasting, title, operation, [a, b], rows: rows)
    }
  }
}
