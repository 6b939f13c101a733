import Operators
import Tensors

/// Every size of the layer.
enum LinearDataGradientCases: CaseSource {
  static let cases = LinearGeometry.all.map { size in
    OperatorCase(
      .linear, size.title, LinearDataGradient(),
      [.rows("dy", [size.outputs]), .weight("w", [size.outputs, size.channels])],
      rows: size.rows, tolerance: OperatorCase.sums(of: size.outputs))
  }
}
