import Operators

/// Every set of axes, and ties, where the first wins.
enum ArgMaxCases: CaseSource {
  static let cases =
    (ReductionGeometry.withinRows + ReductionGeometry.overRows).map { make($0, .signed) } + [
      make(maps, .levels(3), "equal elements"),
      make(maps, .zeros, "zeros of both signs"),
      make(maps, .list([-3]), "constant maps"),
    ]

  private static let maps = ReductionGeometry("maps", [17, 5, 7], [2, 3])

  private static func make(
    _ geometry: ReductionGeometry, _ values: Values, _ title: String? = nil
  ) -> OperatorCase {
    .reduction(
      ArgMax(axes: geometry.axes, keepsAxes: geometry.keepsAxes), geometry, values,
      title: title, isDifferentiable: false, tolerance: 0)
  }
}
