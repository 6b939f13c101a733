import Operators
import Tensors

/// Zeros along each axis, before, behind, both and neither.
enum PadCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("channels to a whole block", [3, 4, 5], axis: 1, 0, 13),
    make("channels before a block", [17, 3, 2], axis: 1, 15, 1, rows: 5),
    make("rows of the image", [16, 3, 5], axis: 2, 1, 2),
    make("columns of the image", [5, 4, 3], axis: 3, 3, 0),
    make("nothing", [17, 2, 2], axis: 2, 0, 0),
    make("one pixel to 3x1, one row", [16, 1, 1], axis: 2, 1, 1, rows: 1),
    make("vectors", [31], axis: 1, 2, 0, rows: 5),
    OperatorCase(
      .shape, "no rows, axis 0", Pad(axis: 0, before: 1, after: 2), [.fixed("x", [2, 5])],
      tolerance: 0),
  ]

  private static func make(
    _ title: String, _ row: Shape, axis: Int, _ before: Int, _ after: Int, rows: Int = 2
  ) -> OperatorCase {
    OperatorCase(
      .shape, title, Pad(axis: axis, before: before, after: after), [.rows("x", row)],
      rows: rows, tolerance: 0)
  }
}
