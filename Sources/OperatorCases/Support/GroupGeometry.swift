import Operators
import Tensors

/// Channels and groups, from which the cases of group sum and group spread are made.
struct GroupGeometry: Sendable {
  let channels: Int
  let sum: GroupSum
  let rows: Int

  var title: String { "\(channels) channels in \(sum.groups), \(sum.split.rawValue)" }

  static let all: [GroupGeometry] = GroupSum.Split.allCases.flatMap { split in
    [(10, 4, 2), (9, 6, 2), (33, 8, 5), (32, 8, 2), (5, 7, 2), (17, 1, 1), (16, 16, 2), (31, 2, 2)]
      .map { channels, groups, rows in
        GroupGeometry(channels: channels, sum: GroupSum(groups: groups, split: split), rows: rows)
      }
  }
}
