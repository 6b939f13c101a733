import Operators
import Tensors

/// Classes, channels and space; large and equal logits.
enum LogSoftmaxCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("100 classes", [100], axis: 1),
    make("one class", [1], axis: 1, rows: 1),
    make("17 classes, 5 rows", [17], axis: 1, rows: 5),
    make("16 channels at each pixel", [16, 3, 3], axis: 1),
    make("columns", [5, 3, 17], axis: 3),
    make("large logits", [33], .large, axis: 1),
    make("equal logits", [33], .levels(2), axis: 1),
  ]

  private static func make(
    _ title: String, _ row: Shape, _ values: Values = .signed, axis: Int, rows: Int = 2
  ) -> OperatorCase {
    OperatorCase(
      .reduction, title, LogSoftmax(axis: axis), [.rows("x", row, values)], rows: rows,
      tolerance: 4e-6)
  }
}
