import Operators
import Tensors

/// Images around the width of a channel block, vectors, and small variances.
enum BatchNormCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("one element", [1, 1, 1], rows: 1),
    make("17 channels", [17, 5, 3]),
    make("16 channels, 5 rows", [16, 4, 4], rows: 5),
    make("33 channels of one pixel", [33, 1, 1]),
    make("vectors", [31], rows: 5),
    make("rank 3", [15, 7]),
    make(
      "small variances", [16, 3, 3],
      variance: .weight("variance", [16], .uniform(0.0001...0.01)).withoutGradient),
    OperatorCase(
      .linear, "statistics that are inputs", BatchNorm(epsilon: 1e-3),
      [
        .fixed("x", [2, 3, 2, 2]), .fixed("scale", [3]), .fixed("bias", [3]),
        .fixed("mean", [3]), .fixed("variance", [3], .positive),
      ]),
    OperatorCase(
      .linear, "statistics that are inputs, 33 channels", BatchNorm(epsilon: 1e-3),
      [
        .rows("x", [33, 3, 5]), .fixed("scale", [33]), .fixed("bias", [33]),
        .fixed("mean", [33]), .fixed("variance", [33], .positive),
      ]),
  ]

  private static func make(
    _ title: String, _ row: Shape, rows: Int = 2, variance: Operand? = nil
  ) -> OperatorCase {
    let channels: Shape = [row[0]]
    return OperatorCase(
      .linear, title, BatchNorm(epsilon: 1e-5),
      [
        .rows("x", row), .weight("scale", channels), .weight("bias", channels),
        .weight("mean", channels), variance ?? .weight("variance", channels, .positive),
      ], rows: rows)
  }
}
