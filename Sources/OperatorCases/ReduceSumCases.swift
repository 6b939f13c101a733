import Operators

/// Every set of axes, rows included.
enum ReduceSumCases: CaseSource {
  static let cases = (ReductionGeometry.withinRows + ReductionGeometry.overRows).map {
    OperatorCase.reduction(ReduceSum(axes: $0.axes, keepsAxes: $0.keepsAxes), $0)
  }
}
