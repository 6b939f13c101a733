import Operators

/// Channels around the width of a block, and small variances.
enum BatchNormGradientCases: CaseSource {
  static let cases: [OperatorCase] =
    ChannelGeometry.all.map { make($0, .positive) } + [
      make(
        ChannelGeometry(title: "small variances", row: [16, 3, 3]), .uniform(0.0001...0.01))
    ]

  private static func make(_ geometry: ChannelGeometry, _ variance: Values) -> OperatorCase {
    let vectors: [Operand] = [
      geometry.vector("scale"), geometry.vector("mean"), geometry.vector("variance", variance),
      geometry.vector("dscale"), geometry.vector("dbias"),
    ]
    let tensors: [Operand] = [.rows("dy", geometry.row), .rows("x", geometry.row)]
    let operands = tensors + vectors + [.fixed("rows", [1], .list([Float(geometry.rows)]))]
    return OperatorCase(
      .linear, geometry.title, BatchNormGradient(epsilon: 1e-5), operands.map(\.withoutGradient),
      rows: geometry.rows)
  }
}
