import Operators

/// Every size, and values at the kinks.
enum HardSwishCases: CaseSource {
  static let cases =
    OperatorCase.pointwise(HardSwish(), .uniform(-5...5)) + [
      .pointwiseKinks(HardSwish(), "at the kinks", .levels(9))
    ]
}
