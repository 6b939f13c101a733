import Operators
import Tensors

/// Every geometry of the convolution.
enum Conv2DDataGradientCases: CaseSource {
  static let cases = ConvolutionGeometry.all.map { geometry in
    OperatorCase(
      .convolution, geometry.title,
      Conv2DDataGradient(
        geometry.conv, inputHeight: geometry.image[1], inputWidth: geometry.image[2]),
      [.rows("dy", geometry.output), .weight("w", geometry.filters)],
      rows: geometry.rows, tolerance: OperatorCase.sums(of: geometry.terms))
  }
}
