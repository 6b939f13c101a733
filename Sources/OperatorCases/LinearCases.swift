import Operators
import Tensors

/// Every size, with and without bias.
enum LinearCases: CaseSource {
  static let cases = LinearGeometry.all.enumerated().map { place, size in
    let bias = Operand.weight("b", [size.outputs])
    return OperatorCase(
      .linear, size.title + (place % 2 == 0 ? "" : ", with bias"), Linear(),
      [.rows("x", [size.channels]), .weight("w", [size.outputs, size.channels])]
        + (place % 2 == 0 ? [] : [bias]),
      rows: size.rows, tolerance: OperatorCase.sums(of: size.channels))
  }
}
