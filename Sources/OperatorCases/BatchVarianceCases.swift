import Operators

/// Channels around the width of a block, and a mean far from zero.
enum BatchVarianceCases: CaseSource {
  static let cases: [OperatorCase] =
    ChannelGeometry.all.map { make($0) } + [
      make(
        ChannelGeometry(title: "far from zero", row: [16, 9, 9], rows: 5), .uniform(999...1001),
        mean: .uniform(999.9...1000.1))
    ]

  private static func make(
    _ geometry: ChannelGeometry, _ values: Values = .signed, mean: Values = .signed
  ) -> OperatorCase {
    OperatorCase(
      .reduction, geometry.title, BatchVariance(),
      [.rows("x", geometry.row, values), geometry.vector("mean", mean)], rows: geometry.rows,
      tolerance: OperatorCase.sums(of: geometry.terms))
  }
}
