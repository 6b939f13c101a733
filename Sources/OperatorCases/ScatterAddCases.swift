import Operators

/// Every table, with entries that several values, one or none point to.
enum ScatterAddCases: CaseSource {
  static let cases = TableGeometry.all.map { geometry in
    OperatorCase(
      .maps, geometry.title, ScatterAdd(),
      [
        .rows("values", geometry.gathered),
        .rows("index", geometry.index, geometry.values).withoutGradient,
        geometry.operand("like").withoutGradient,
      ], rows: geometry.rows, others: geometry.others)
  }
}
