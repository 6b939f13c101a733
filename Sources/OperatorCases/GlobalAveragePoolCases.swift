import Operators
import Tensors

/// Maps around the sizes of vectors and channel blocks.
enum GlobalAveragePoolCases: CaseSource {
  static let cases = [
    ("one pixel", [1, 1, 1], 1), ("7x7, 17 channels", [17, 7, 7], 2),
    ("16 channels, 5 rows", [16, 4, 3], 5), ("33 channels of one pixel", [33, 1, 1], 2),
    ("31 channels, long columns", [31, 19, 1], 1), ("67x65", [2, 67, 65], 1),
  ].map { (title: String, row: Shape, rows: Int) in
    OperatorCase(
      .pooling, title, GlobalAveragePool(), [.rows("x", row)], rows: rows,
      tolerance: OperatorCase.sums(of: row[1] * row[2]))
  }
}
