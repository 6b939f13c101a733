import Operators
import Tensors

/// Ranks on and between elements, ends, ties, and the rows themselves.
enum PercentileCases: CaseSource {
  static let cases =
    PercentileGeometry.distinct.map {
      OperatorCase.reduction($0.percentile, $0.reduction, $0.values, tolerance: 1e-6)
    }
    + PercentileGeometry.tied.map {
      OperatorCase.reduction(
        $0.percentile, $0.reduction, $0.values, isDifferentiable: false, tolerance: 1e-6)
    }
    + [
      OperatorCase.reduction(
        Percentile(theta: 40, axes: [0, 1]),
        ReductionGeometry("rows and channels", [16, 3, 2], [0, 1], rows: 5), tolerance: 1e-6)
    ]
}
