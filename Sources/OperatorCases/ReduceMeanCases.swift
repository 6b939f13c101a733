import Operators

/// Every set of axes, rows included.
enum ReduceMeanCases: CaseSource {
  static let cases = (ReductionGeometry.withinRows + ReductionGeometry.overRows).map {
    OperatorCase.reduction(ReduceMean(axes: $0.axes, keepsAxes: $0.keepsAxes), $0)
  }
}
