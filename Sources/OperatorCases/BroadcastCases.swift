import Operators
import Tensors

/// Every way in which a tensor can be repeated.
enum BroadcastCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("a number for each row and channel", .rows("x", [17, 1, 1]), .rows("like", [17, 5, 3])),
    make("a map for each row, 5 rows", .rows("x", [1, 5, 3]), .rows("like", [16, 5, 3]), rows: 5),
    make("a scalar", .fixed("x", []), .rows("like", [33, 2, 2])),
    make("channels without rows", .weight("x", [31, 1, 1]), .rows("like", [31, 2, 3])),
    make("[1, C] to one row", .fixed("x", [1, 15]), .rows("like", [15]), rows: 1),
    make("[1, C] to rows", .fixed("x", [1, 15]), .rows("like", [15])),
    make("the same shape", .rows("x", [17, 3, 2]), .rows("like", [17, 3, 2])),
    make("no rows, outer axis", .fixed("x", [7]), .fixed("like", [3, 5, 7])),
  ]

  private static func make(
    _ title: String, _ x: Operand, _ like: Operand, rows: Int = 2
  ) -> OperatorCase {
    OperatorCase(
      .broadcasting, title, Broadcast(), [x, like.withoutGradient], rows: rows, tolerance: 0)
  }
}
