import Operators
import Tensors

/// Filters in blocks, vectors, gaps of every size, one tensor and many.
enum ArenaCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("one element", [[1]], rows: 1),
    make("no gap", [[128], [256]]),
    make("filters of 16 channels", [[16, 16, 3, 3], [16], [17, 33, 1, 1], [17]], rows: 5),
    make("filters of 3 channels", [[17, 3, 7, 7], [17]]),
    make("one channel a filter", [[33, 1, 3, 3], [33], [33]]),
    make("a matrix and its bias", [[10, 65], [10]]),
    make("one too many for a gap", [[129], [127], [5]]),
    make(
      "more vectors than a launch takes, around its runs",
      [[2047], [1], [2048], [16, 32, 1, 1], [2049], [3], [4100], [128], [7], [5], [6145], [1]]),
  ]

  private static func make(_ title: String, _ shapes: [Shape], rows: Int = 2) -> OperatorCase {
    OperatorCase(
      .shape, title, Arena(), shapes.enumerated().map { .fixed("x\($0)", $1) }, rows: rows,
      tolerance: 0)
  }
}
