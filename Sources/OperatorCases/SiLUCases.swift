import Operators

/// Every size, and arguments whose exponential overflows.
enum SiLUCases: CaseSource {
  static let cases =
    OperatorCase.pointwise(SiLU(), .uniform(-6...6)) + [
      .pointwiseKinks(SiLU(), "large arguments", .large)
    ]
}
