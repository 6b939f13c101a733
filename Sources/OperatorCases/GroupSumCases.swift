import Operators
import Tensors

/// Groups that do and do not divide the channels, both splits.
enum GroupSumCases: CaseSource {
  static let cases = GroupGeometry.all.map { geometry in
    OperatorCase(
      .maps, geometry.title, geometry.sum, [.rows("x", [geometry.channels, 5, 3])],
      rows: geometry.rows)
  }
}
