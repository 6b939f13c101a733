import Operators
import Tensors

/// Orders of axes at several ranks; rows stay first.
enum TransposeCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("channels last", [17, 3, 5], [0, 2, 3, 1]),
    make("channels first", [3, 5, 33], [0, 3, 1, 2], rows: 5),
    make("height and width", [16, 7, 4], [0, 1, 3, 2]),
    make("nothing", [17, 2, 3], [0, 1, 2, 3], rows: 1),
    make("shuffled channels", [3, 11, 2, 3], [0, 2, 1, 3, 4]),
    make("matrices", [15, 31], [0, 2, 1]),
    OperatorCase(
      .shape, "no rows", Transpose([1, 0]), [.fixed("x", [17, 31])], tolerance: 0),
    OperatorCase(
      .shape, "no rows, cycle", Transpose([2, 0, 1]), [.fixed("x", [3, 4, 5])], tolerance: 0),
  ]

  private static func make(
    _ title: String, _ row: Shape, _ permutation: [Int], rows: Int = 2
  ) -> OperatorCase {
    OperatorCase(
      .shape, title, Transpose(permutation), [.rows("x", row)], rows: rows, tolerance: 0)
  }
}
