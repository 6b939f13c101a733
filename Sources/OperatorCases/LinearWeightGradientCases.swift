import Operators
import Tensors

/// Every size of the layer.
enum LinearWeightGradientCases: CaseSource {
  static let cases = LinearGeometry.all.map { size in
    OperatorCase(
      .linear, size.title, LinearWeightGradient(),
      [.rows("x", [size.channels]), .rows("dy", [size.outputs])],
      rows: size.rows, tolerance: OperatorCase.sums(of: size.rows))
  }
}
