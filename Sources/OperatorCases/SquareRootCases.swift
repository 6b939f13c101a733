import Operators

/// Every size, zeros, and small and large arguments.
enum SquareRootCases: CaseSource {
  static let cases =
    OperatorCase.pointwise(SquareRoot(), .positive) + [
      .pointwiseKinks(SquareRoot(), "zeros among others", .list([0, 4, 2, 9])),
      .pointwiseKinks(SquareRoot(), "small arguments", .uniform(1e-30...1e-20)),
      .pointwiseKinks(SquareRoot(), "large arguments", .uniform(1e20...1e30)),
    ]
}
