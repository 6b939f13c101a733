import Operators

/// Every set of axes, and ties.
///
/// Over rows there is no derivative, because their number is not known.
enum ReduceMaxCases: CaseSource {
  static let cases =
    ReductionGeometry.withinRows.map { make($0, .signed) }
    + ReductionGeometry.overRows.map { make($0, .signed, isDifferentiable: false) } + [
      make(maps, .levels(3), "equal elements", isDifferentiable: false),
      make(maps, .zeros, "zeros of both signs", isDifferentiable: false),
      make(maps, .list([-3]), "constant maps", isDifferentiable: false),
    ]

  private static let maps = ReductionGeometry("maps", [17, 5, 7], [2, 3])

  private static func make(
    _ geometry: ReductionGeometry, _ values: Values, _ title: String? = nil,
    isDifferentiable: Bool = true
  ) -> OperatorCase {
    .reduction(
      ReduceMax(axes: geometry.axes, keepsAxes: geometry.keepsAxes), geometry, values,
      title: title, isDifferentiable: isDifferentiable, tolerance: 0)
  }
}
