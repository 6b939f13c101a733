import Operators

/// Every size, and arguments whose exponential overflows.
enum SigmoidCases: CaseSource {
  static let cases =
    OperatorCase.pointwise(Sigmoid(), .uniform(-6...6)) + [
      .pointwiseKinks(Sigmoid(), "large arguments", .large)
    ]
}
