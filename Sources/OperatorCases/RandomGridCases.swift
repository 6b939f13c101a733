import Operators
import Tensors

/// Seeds of one and two words, grids of one to many cells, numbers that are no mask.
enum RandomGridCases: CaseSource {
  static let cases: [OperatorCase] = [
    make(
      "7x7 cells of a picture", cells: 7, keep: 0.5, (224, 224), .positions(below: 4000), rows: 5),
    make("one cell, one row", cells: 1, keep: 0.5, (9, 7), .list([3]), rows: 1),
    make("8x8 cells, few ones", cells: 8, keep: 0.1, (33, 17), .positions(below: 6000), rows: 17),
    make("all ones", cells: 3, keep: 1, (5, 5), .positions(below: 9)),
    make("no ones", cells: 3, keep: 0, (5, 5), .positions(below: 9)),
    make(
      "a seed of 64 bits", cells: 7, keep: 0.5, (31, 29), .positions(below: 100), seed: .max - 1),
    make(
      "the last masks, and none", cells: 16, keep: 0.3, (65, 63),
      .list([16_777_216, 16_777_215, -1, .nan, 16_777_218, 0.5, -0.0]), rows: 7),
  ]

  private static func make(
    _ title: String, cells: Int, keep: Float, _ size: (Int, Int), _ masks: Values, rows: Int = 2,
    seed: UInt64 = 1
  ) -> OperatorCase {
    let operation = RandomGrid(
      seed: seed, cells: cells, keep: keep, height: size.0, width: size.1)
    return OperatorCase(
      .maps, title, operation, [.rows("mask", [1], masks).withoutGradient], rows: rows,
      tolerance: 0)
  }
}
