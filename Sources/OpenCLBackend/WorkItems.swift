/// How many work-items run, and in groups of how many.
package struct WorkItems: Sendable, Hashable {
  /// What may change where a device takes only smaller groups.
  package enum Grouping: Sendable, Hashable {
    /// Nothing: the kernel is written for groups of this size.
    case fixed
    /// The size of the groups: no item asks which one it is in.
    case any
    /// The items of each group, which share its work; the groups stay as many.
    case shared
  }

  package var global: [Int]
  package var local: [Int]
  package var grouping: Grouping

  package init(global: [Int], local: [Int], grouping: Grouping = .fixed) {
    self.global = global
    self.local = local
    self.grouping = grouping
  }

  /// One work-item for each of `count` things, in groups; the kernel guards the rounded-up rest.
  package static func items(_ count: Int) -> WorkItems { row(of: count, []) }

  /// A row of `count` items, rounded up to whole groups, for each place of the other axes.
  static func row(of count: Int, _ rest: [Int]) -> WorkItems {
    let local = localCount(for: count)
    return WorkItems(
      global: [max((count + local - 1) / local, 1) * local] + rest,
      local: [local] + rest.map { _ in 1 }, grouping: .any)
  }

  /// Groups whose items share their work: as many as there are, of at most so many items each.
  static func groups(_ count: Int, of items: Int) -> WorkItems {
    WorkItems(global: [count * items], local: [items], grouping: .shared)
  }

  /// Groups of one work-item, for kernels that state `reqd_work_group_size(1, 1, 1)`.
  package static func groupsOfOne(_ global: [Int]) -> WorkItems {
    WorkItems(global: global, local: global.map { _ in 1 })
  }

  /// A group size for a row of `count` items that wastes little.
  private static func localCount(for count: Int) -> Int {
    var local = 256
    while local > 1, local / 2 >= count { local /= 2 }
    return local
  }

  /// The same work in groups that a kernel can run with; halved as long as they are too large.
  /// - Parameter most: the items of the largest group.
  /// - Returns: groups of at most so many items; of the same size where they are fixed.
  package func inGroups(ofAtMost most: Int) -> WorkItems {
    guard grouping != .fixed else { return self }
    var size = self
    while size.local[0] > most, size.local[0] > 1 {
      size.local[0] /= 2
      if grouping == .shared { size.global[0] /= 2 }
    }
    return size
  }
}
