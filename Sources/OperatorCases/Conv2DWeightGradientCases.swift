import Operators
import Tensors

/// Every geometry of the convolution.
enum Conv2DWeightGradientCases: CaseSource {
  static let cases = ConvolutionGeometry.all.map { geometry in
    OperatorCase(
      .convolution, geometry.title,
      Conv2DWeightGradient(
        geometry.conv, kernelHeight: geometry.filters[2], kernelWidth: geometry.filters[3]),
      [.rows("x", geometry.image), .rows("dy", geometry.output)],
      rows: geometry.rows,
      tolerance: OperatorCase.sums(of: geometry.rows * geometry.output[1] * geometry.output[2]))
  }
}
