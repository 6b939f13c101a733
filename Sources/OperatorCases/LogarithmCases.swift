import Operators

/// Every size, and small arguments.
enum LogarithmCases: CaseSource {
  static let cases =
    OperatorCase.pointwise(Logarithm(), .positive) + [
      .pointwiseKinks(Logarithm(), "small arguments", .uniform(1e-30...1e-3)),
      .pointwiseKinks(Logarithm(), "around one", .uniform(0.99...1.01)),
    ]
}
