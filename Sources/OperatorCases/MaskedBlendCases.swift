import Graphs
import Operators
import Tensors

/// Rows of several pictures in any order, and masks that are exactly 0 and 1.
enum MaskedBlendCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("one picture, one row", [3, 5, 4], images: 1, rows: 1, .list([0])),
    make("three pictures, five rows", [3, 7, 5], images: 3, rows: 5, .list([2, 0, 2, 1, 0])),
    make("17 channels", [17, 3, 3], images: 2, rows: 2, .list([1, 0])),
    make("owners that are no picture", [3, 2, 2], images: 2, rows: 5, .list([-1, 1, 2, 0, .nan])),
    make("more pictures than rows", [1, 1, 1], images: 5, rows: 2, .list([4, 3])),
    make("soft masks", [3, 9, 11], images: 2, rows: 2, .list([0, 1]), mask: .unit),
  ]

  private static func make(
    _ title: String, _ row: Shape, images: Int, rows: Int, _ owner: Values, mask: Values = .mask
  ) -> OperatorCase {
    OperatorCase(
      .maps, title, MaskedBlend(),
      [
        .rows("images", row, on: .images), .rows("baseline", row, on: .images),
        .rows("mask", [1, row[1], row[2]], mask), .rows("owner", [1], owner).withoutGradient,
      ], rows: rows, others: [.images: images])
  }
}
