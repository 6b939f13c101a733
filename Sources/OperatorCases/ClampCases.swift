import Operators

/// Both limits, one limit, and values at the limits.
enum ClampCases: CaseSource {
  static let cases =
    OperatorCase.pointwise(Clamp(lower: -0.75, upper: 1.5), tolerance: 0) + [
      .pointwiseKinks(
        Clamp(lower: 0, upper: 6), "at the limits of relu6", .list([0, 6, -0.0, 3]), tolerance: 0),
      .pointwiseKinks(
        Clamp(lower: -.infinity, upper: 1), "no lower limit", .levels(9), tolerance: 0),
      .pointwiseKinks(
        Clamp(lower: 0.5, upper: .infinity), "no upper limit", .levels(9), tolerance: 0),
      .pointwiseKinks(Clamp(lower: 1, upper: -1), "crossed limits", .levels(9), tolerance: 0),
    ]
}
