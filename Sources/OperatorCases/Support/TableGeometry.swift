import Graphs
import Tensors

/// A table and the indices into it, from which the cases of gather and scatter are made.
struct TableGeometry: Sendable {
  let title: String
  /// The table; its shape is that of one row where it has rows of its own.
  let table: Shape
  /// What the leading axis of the table counts, and how many; nil where it has no rows.
  let tableAxis: (axis: RowAxis, count: Int)?
  /// The indices of one row, `[I..., k]`.
  let index: Shape
  let values: Values
  let rows: Int

  init(
    _ title: String, _ table: Shape, on tableAxis: (RowAxis, Int)? = nil, _ index: Shape,
    _ values: Values, rows: Int = 2
  ) {
    self.title = title
    self.table = table
    self.tableAxis = tableAxis.map { (axis: $0, count: $1) }
    self.index = index
    self.values = values
    self.rows = rows
  }

  /// The table as an operand.
  func operand(_ name: String) -> Operand {
    guard let tableAxis else { return .fixed(name, table) }
    return .rows(name, table, on: tableAxis.axis)
  }

  /// How many rows the table has.
  var others: [RowAxis: Int] { tableAxis.map { [$0.axis: $0.count] } ?? [:] }

  /// One row of what is gathered.
  var gathered: Shape {
    let components = index.extents.last ?? 0
    let full = tableAxis == nil ? table.extents : [0] + table.extents
    return Shape(index.extents.dropLast() + full.dropFirst(components))
  }

  static let all: [TableGeometry] = [
    .init("pictures by owner", [3, 5, 4], on: (.images, 3), [1], .list([2, 0, 2, 1, 0]), rows: 5),
    .init("large pictures", [3, 33, 41], on: (.images, 2), [1], .list([1, 0, 2]), rows: 3),
    .init("17 channels, one picture", [17, 3, 2], on: (.images, 1), [1], .list([0])),
    .init(
      "33 channels, two runs of pixels", [33, 9, 8], on: (.images, 3), [1], .list([2, 0, 1, 1]),
      rows: 4),
    .init(
      "owners that are no picture", [3, 2, 2], on: (.images, 2), [1], .list([-1, 1, 2, 0, .nan]),
      rows: 5),
    .init(
      "logits of classes", [1000], on: (.images, 2), [2], .list([1, 17, 0, 999, 1, 1000]),
      rows: 3),
    .init("elements of a matrix", [7, 9], [5, 2], .positions(around: 7)),
    .init("rows of a matrix, many equal", [3, 31], [16, 1], .positions(below: 3)),
    .init("cells of a grid", [33], on: (.cells, 5), [7, 1], .positions(around: 5), rows: 1),
    .init("whole maps", [5, 3, 2, 2], [4, 2], .positions(around: 3)),
  ]
}
