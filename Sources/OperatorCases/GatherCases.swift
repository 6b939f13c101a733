import Operators

/// Tables with and without rows, indices of one and two components, some out of range.
enum GatherCases: CaseSource {
  static let cases = TableGeometry.all.map { geometry in
    OperatorCase(
      .maps, geometry.title, Gather(),
      [
        geometry.operand("table"),
        .rows("index", geometry.index, geometry.values).withoutGradient,
      ], rows: geometry.rows, others: geometry.others, tolerance: 0)
  }
}
