import Operators

/// Every size, and zeros of both signs.
enum ReLUCases: CaseSource {
  static let cases =
    OperatorCase.pointwise(ReLU(), tolerance: 0) + [
      .pointwiseKinks(ReLU(), "zeros of both signs", .zeros, tolerance: 0)
    ]
}
