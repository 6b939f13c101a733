import Operators

/// Every size, other slopes, and values at the kinks.
enum HardSigmoidCases: CaseSource {
  static let cases =
    OperatorCase.pointwise(HardSigmoid(), .uniform(-5...5)) + [
      .pointwiseKinks(HardSigmoid(slope: 0.2, offset: 0.5), "slope 0.2", .uniform(-4...4)),
      .pointwiseKinks(HardSigmoid(slope: 0.25, offset: 0.5), "at the kinks", .levels(9)),
      .pointwiseKinks(HardSigmoid(slope: -0.5, offset: 0.25), "falling", .signed),
    ]
}
