import Operators
import Tensors

/// Single pixels, whole regions, borders, images of one row, and nothing or everything hidden.
enum LinearImputationCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("one pixel, hidden", [1, 1, 1], mask: .list([0]), rows: 1),
    make("one pixel, shown", [1, 1, 1], mask: .list([1]), rows: 1),
    make("one row of pixels", [2, 1, 9], mask: .list([1, 0, 0])),
    make("one column of pixels", [1, 19, 1], mask: .list([0, 0, 1, 0])),
    make("3 colours, a third shown", [3, 15, 17], mask: .levels(3)),
    make("most hidden, 5 rows", [1, 16, 17], mask: sparse, rows: 5),
    make("one pixel shown of 33x31", [1, 33, 31], mask: corner, rows: 1),
    make("17 channels", [17, 5, 7], mask: .zeros),
    make("nothing hidden", [3, 5, 6], mask: .list([1])),
    make("everything hidden", [3, 5, 6], mask: .list([0])),
    make("wider than two vectors", [2, 6, 40], mask: sparse),
  ]

  /// One in eight is shown.
  private static let sparse = Values { generator, index, _ in
    generator.integer(index, below: 8) == 0 ? 1 : 0
  }

  private static let corner = Values { _, index, shape in
    index % shape.row.elementCount == 0 ? 1 : 0
  }

  private static func make(
    _ title: String, _ row: Shape, mask: Values, rows: Int = 2
  ) -> OperatorCase {
    OperatorCase(
      .maps, title, LinearImputation(),
      [
        Operand.rows("x", row).withoutGradient,
        Operand.rows("mask", [1, row[1], row[2]], mask).withoutGradient,
      ], rows: rows, tolerance: 2e-5)
  }
}
