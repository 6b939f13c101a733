import Operators
import Tensors

/// Channels that do and do not fill blocks, other axes, one input and many.
enum ConcatCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("16 and 16 channels", axis: 1, [[16, 3, 5], [16, 3, 5]]),
    make("17 and 15 channels", axis: 1, [[17, 3, 5], [15, 3, 5]], rows: 5),
    make("16, 1 and 33 channels", axis: 1, [[16, 2, 3], [1, 2, 3], [33, 2, 3]]),
    make(
      "five inputs", axis: 1, [[3, 2, 2], [5, 2, 2], [1, 2, 2], [7, 2, 2], [16, 2, 2]], rows: 1),
    make("one input", axis: 1, [[17, 3, 2]]),
    make("rows of the image", axis: 2, [[17, 2, 3], [17, 5, 3]]),
    make("columns of the image", axis: 3, [[5, 4, 3], [5, 4, 1]]),
    make("vectors", axis: 1, [[31], [1], [17]], rows: 5),
    OperatorCase(
      .shape, "no rows, axis 0", Concat(axis: 0), [.fixed("a", [2, 5]), .fixed("b", [3, 5])],
      tolerance: 0),
  ]

  private static func make(
    _ title: String, axis: Int, _ parts: [Shape], rows: Int = 2
  ) -> OperatorCase {
    OperatorCase(
      .shape, title, Concat(axis: axis),
      parts.enumerated().map { .rows("x\($0)", $1) }, rows: rows, tolerance: 0)
  }
}
