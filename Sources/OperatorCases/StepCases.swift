import Operators

/// Every size, and values at the ends of the range, which do not count.
enum StepCases: CaseSource {
  static let cases =
    OperatorCase.pointwise(Step(), isDifferentiable: false, tolerance: 0) + [
      .pointwiseKinks(Step(), "zeros of both signs", .zeros, tolerance: 0),
      .pointwiseKinks(Step(lower: -1, upper: 1), "at the ends", .levels(5), tolerance: 0),
      .pointwiseKinks(Step(lower: -.infinity, upper: 0), "no lower end", .levels(5), tolerance: 0),
    ]
}
