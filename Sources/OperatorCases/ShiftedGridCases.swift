import Graphs
import Operators
import Tensors

/// Grids of one to many cells, images that cells do not divide, with the grids' own random numbers.
enum ShiftedGridCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("7x7 cells of a picture", cells: 7, (56, 56), rows: 1),
    make("7x7 cells that do not divide", cells: 7, (33, 29)),
    make("one cell", cells: 1, (5, 7), rows: 5),
    make("two cells", cells: 2, (17, 3)),
    make("more cells than pixels", cells: 9, (4, 5)),
    make("one pixel", cells: 3, (1, 1)),
    make("16x16 cells, 17 rows", cells: 16, (31, 17), rows: 17),
    OperatorCase(
      .maps, "shifts that are none", ShiftedGrid(cells: 1, height: 3, width: 4),
      [
        .rows("grid", [3], .list([1, 0, 0, 1, 3, 0, 1, 0, -1, 1, .nan, 1, 1, 2, 3]))
          .withoutGradient
      ], rows: 5),
  ]

  private static func make(
    _ title: String, cells: Int, _ size: (Int, Int), rows: Int = 2
  ) -> OperatorCase {
    let masks = Operand.rows("mask", [1], .positions(below: 5000)).withoutGradient
    return OperatorCase(.maps, ShiftedGrid.name, title, [masks], rows: rows) {
      builder, inputs throws(GraphError) in
      let grid = RandomGrid(seed: 5, cells: cells, keep: 0.5, height: size.0, width: size.1)
      let numbers = try builder.add(grid, inputs)
      return [
        try builder.add(ShiftedGrid(cells: cells, height: size.0, width: size.1), [numbers])
      ]
    }
  }
}
