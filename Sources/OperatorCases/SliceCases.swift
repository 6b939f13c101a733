import Operators
import Tensors

/// Cuts at and off the borders of channel blocks, and along other axes.
enum SliceCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("a block of 16 channels", [33, 3, 2], axis: 1, 16..<32),
    make("channels 1 to 17", [33, 3, 2], axis: 1, 1..<18, rows: 5),
    make("the last channel", [17, 3, 5], axis: 1, 16..<17),
    make("everything", [16, 3, 3], axis: 1, 0..<16),
    make("one of three channels, one row", [3, 5, 4], axis: 1, 1..<2, rows: 1),
    make("rows of the image", [17, 7, 3], axis: 2, 2..<5),
    make("columns of the image", [3, 4, 9], axis: 3, 5..<9),
    make("vectors", [31], axis: 1, 7..<23, rows: 5),
    OperatorCase(
      .shape, "no rows, axis 0", Slice(axis: 0, range: 1..<3), [.fixed("x", [4, 5])], tolerance: 0),
  ]

  private static func make(
    _ title: String, _ row: Shape, axis: Int, _ range: Range<Int>, rows: Int = 2
  ) -> OperatorCase {
    OperatorCase(
      .shape, title, Slice(axis: axis, range: range), [.rows("x", row)], rows: rows, tolerance: 0)
  }
}
