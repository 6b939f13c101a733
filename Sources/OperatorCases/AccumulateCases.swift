import Graphs
import Tensors

/// One to five tensors of one shape.
enum AccumulateCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("one tensor", [17, 3, 2], count: 1),
    make("two tensors", [16, 3, 3], count: 2, rows: 5),
    make("three tensors", [33, 1, 5], count: 3),
    make("five tensors", [31], count: 5, rows: 1),
  ]

  private static func make(
    _ title: String, _ row: Shape, count: Int, rows: Int = 2
  ) -> OperatorCase {
    OperatorCase(
      .broadcasting, title, Accumulate(), (0..<count).map { .rows("x\($0)", row) }, rows: rows)
  }
}
