import Graphs
import Tensors

/// A tensor and the axes that are reduced, from which the cases of the reductions are made.
struct ReductionGeometry: Sendable {
  let title: String
  let shape: Shape
  let axes: [Int]
  let keepsAxes: Bool
  /// 0 where the tensor has no rows.
  let rows: Int

  init(_ title: String, _ shape: Shape, _ axes: [Int], keepsAxes: Bool = true, rows: Int = 2) {
    self.title = title
    self.shape = shape
    self.axes = axes
    self.keepsAxes = keepsAxes
    self.rows = rows
  }

  /// The tensor; its shape is that of one row where it has rows.
  func operand(_ values: Values) -> Operand {
    rows == 0 ? .fixed("x", shape, values) : .rows("x", shape, values)
  }

  /// How many elements become one.
  var terms: Int {
    axes.map { rows == 0 ? shape[$0] : $0 == 0 ? rows : shape[$0 - 1] }.reduce(1, *)
  }

  /// Reductions that leave rows alone, and reductions of tensors without rows.
  static let withinRows: [ReductionGeometry] = [
    .init("maps, 17 channels", [17, 5, 3], [2, 3]),
    .init("maps, 16 channels, 5 rows", [16, 7, 7], [2, 3], keepsAxes: false, rows: 5),
    .init("maps of one pixel", [33, 1, 1], [2, 3]),
    .init("a large map", [1, 65, 67], [2, 3], rows: 1),
    .init("channels", [17, 3, 5], [1]),
    .init("channels, 31, axis dropped", [31, 2, 3], [1], keepsAxes: false),
    .init("columns", [15, 3, 17], [3]),
    .init("channels and columns", [16, 3, 4], [1, 3], keepsAxes: false),
    .init("everything but rows", [33, 2, 3], [1, 2, 3], keepsAxes: false, rows: 5),
    .init("vectors", [31], [1], rows: 5),
    .init("1000 classes", [1000], [1], keepsAxes: false),
    .init("no rows, axis 0", [5, 7], [0], rows: 0),
    .init("no rows, everything", [3, 5, 7], [0, 1, 2], keepsAxes: false, rows: 0),
    .init("one element", [1], [1], rows: 1),
  ]

  /// Reductions of the rows themselves, whose results have none.
  static let overRows: [ReductionGeometry] = [
    .init("rows and maps", [17, 5, 3], [0, 2, 3], keepsAxes: false, rows: 5),
    .init("rows of vectors", [31], [0], keepsAxes: false, rows: 5),
    .init("rows and channels, kept", [16, 3, 2], [0, 1]),
    .init("everything", [3, 5, 2], [0, 1, 2, 3], keepsAxes: false),
    .init("one row", [17, 2, 2], [0, 2, 3], rows: 1),
  ]
}

extension OperatorCase {
  /// A reduction of these values.
  static func reduction(
    _ operation: some Operator, _ geometry: ReductionGeometry, _ values: Values = .signed,
    title: String? = nil, isDifferentiable: Bool = true, tolerance: Double? = nil
  ) -> OperatorCase {
    let x = geometry.operand(values)
    return OperatorCase(
      .reduction, title ?? geometry.title, operation, [isDifferentiable ? x : x.withoutGradient],
      rows: max(geometry.rows, 1), tolerance: tolerance ?? sums(of: geometry.terms))
  }
}
