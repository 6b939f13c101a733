import Operators
import Tensors

/// Classes, channels and space; large and equal logits.
enum SoftmaxCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("1000 classes", [1000], axis: 1),
    make("one class", [1], axis: 1, rows: 1),
    make("17 classes, 5 rows", [17], axis: 1, rows: 5),
    make("31 channels at each pixel", [31, 3, 2], axis: 1),
    make("16 channels at each pixel", [16, 3, 3], axis: 1),
    make("columns", [5, 3, 17], axis: 3),
    make("sequences", [7, 33], axis: 2),
    make("no rows, axis 0", .fixed("x", [15, 3]), axis: 0),
    make("large logits", .rows("x", [33], .large).withoutGradient, axis: 1),
    make("equal logits", .rows("x", [33], .levels(2)), axis: 1),
  ]

  private static func make(
    _ title: String, _ row: Shape, axis: Int, rows: Int = 2
  ) -> OperatorCase {
    make(title, .rows("x", row), axis: axis, rows: rows)
  }

  private static func make(
    _ title: String, _ x: Operand, axis: Int, rows: Int = 2
  ) -> OperatorCase {
    OperatorCase(.reduction, title, Softmax(axis: axis), [x], rows: rows, tolerance: 4e-6)
  }
}
