import Operators
import Tensors

/// Every geometry, with and without bias.
enum Conv2DCases: CaseSource {
  static let cases =
    ConvolutionGeometry.all.enumerated().map { place, geometry in
      let bias = Operand.weight("b", [geometry.filters[0]])
      return OperatorCase(
        .convolution, geometry.title + (place % 2 == 0 ? "" : ", with bias"), geometry.conv,
        [.rows("x", geometry.image), .weight("w", geometry.filters)]
          + (place % 2 == 0 ? [] : [bias]),
        rows: geometry.rows, tolerance: OperatorCase.sums(of: geometry.terms))
    } + [
      OperatorCase(
        .convolution, "an image without rows", Conv2D(window: Window(padding: 1)),
        [.fixed("x", [2, 3, 5, 4]), .weight("w", [4, 3, 3, 3])]),
      OperatorCase(
        .convolution, "filters that are not weights", Conv2D(window: Window(padding: 1)),
        [.rows("x", [17, 5, 4]), .fixed("w", [16, 17, 3, 3])],
        tolerance: OperatorCase.sums(of: 153)),
    ]
}
