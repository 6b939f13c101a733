import Operators
import Tensors

/// Channel counts around blocks, maps around vectors.
enum WeightedChannelSumCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("one element", [1, 1, 1], rows: 1),
    make("17 channels", [17, 7, 7]),
    make("16 channels, 5 rows", [16, 3, 5], rows: 5),
    make("33 channels of one pixel", [33, 1, 1]),
    make("512 channels", [512, 7, 7], rows: 1),
    make("31 channels, 17x19", [31, 17, 19]),
    make("33 channels shared by 5 rows", [33, 5, 3], rows: 5, isShared: true),
    make("a mask shared by 2 rows", [1, 17, 9], isShared: true),
  ]

  private static func make(
    _ title: String, _ row: Shape, rows: Int = 2, isShared: Bool = false
  ) -> OperatorCase {
    let shared = Operand.fixed("a", Shape([1] + row.extents))
    return OperatorCase(
      .maps, title, WeightedChannelSum(),
      [isShared ? shared : .rows("a", row), .rows("weights", [row[0], 1, 1])],
      rows: rows, tolerance: OperatorCase.sums(of: row[0]))
  }
}
