import Operators
import Tensors

/// Every split of the sum.
enum GroupSpreadCases: CaseSource {
  static let cases = GroupGeometry.all.map { geometry in
    OperatorCase(
      .maps, geometry.title, GroupSpread(geometry.sum, channels: geometry.channels),
      [.rows("x", [geometry.sum.groupCount(channels: geometry.channels), 5, 3])],
      rows: geometry.rows, tolerance: 0)
  }
}
