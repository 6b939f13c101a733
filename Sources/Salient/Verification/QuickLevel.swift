import OpenCLBackend
import OperatorCases

/// The quick level: few cases of each operator, which still reach every kernel.
enum QuickLevel {
  /// The most operations of a case that is kept for the sake of a tile alone: a simulator computes
  /// a million a second, and rounds up to whole tiles.
  private static let mostOperations = 1 << 20

  /// The two smallest cases, the smallest of each variant that those two lack, and the smallest of
  /// each tile, where that is small: with few filters, and with more than one block of a tile holds.
  static func fewest(
    of cases: [OperatorCase], on engines: [OpenCLBackend]
  ) -> [OperatorCase] {
    var kept: [OperatorCase] = []
    var (seen, seenTiles): (Set<String>, Set<String>) = ([], [])
    for item in cases.sorted(by: { $0.operationCount < $1.operationCount }) {
      let nodes = item.graph.nodes.filter { $0.operation != nil }
      let ladders = engines.flatMap { engine in
        nodes.flatMap { engine.ladder(of: $0, in: item.graph, capacity: item.capacity) }
      }
      let variants = Set(ladders.map(\.name))
      var tiles = Set(ladders.flatMap { rung in rung.tiles.map { "\(rung.name) \($0)" } })
      if item.hasManyFilters { tiles.formUnion(tiles.filter(countsBlocks).map { "\($0) many" }) }
      let hasNewTile =
        item.operationCount <= mostOperations && !tiles.isSubset(of: seenTiles)
      guard kept.count < 2 || !variants.isSubset(of: seen) || hasNewTile else { continue }
      kept.append(item)
      seen.formUnion(variants)
      seenTiles.formUnion(tiles)
    }
    return kept
  }

  /// What need not be checked again: a variant with a tile once for an operator, and once more with
  /// many filters; of a pattern only what production runs, for its kernels are those of its
  /// operators.
  /// - Parameters:
  ///   - item: the case that is next.
  ///   - cases: those that are kept.
  ///   - rows: what was checked of its operator.
  ///   - suffix: what the rows' variants end with.
  /// - Returns: names of rungs; nil for all but what production runs.
  static func known(
    _ item: OperatorCase, among cases: [OperatorCase], _ rows: [VerificationRow], suffix: String
  ) -> Set<String>? {
    guard item.family != .fused else { return nil }
    let titles = cases.filter { $0.operatorName == item.operatorName && $0.hasManyFilters }
      .map(\.title)
    let known = rows.filter { row in
      !item.hasManyFilters || !countsBlocks(row.variant)
        || row.cases.contains { titles.contains($0.title) }
    }
    return Set(known.map { String($0.variant.dropLast(suffix.count)) })
  }

  /// Whether the tile in the name of a rung has a number of blocks of filters, as those of CPUs have.
  private static func countsBlocks(_ name: String) -> Bool { name.contains(" NB=") }
}

extension OperatorCase {
  /// Whether it is a convolution with three blocks of filters or more, so that a tile meets blocks
  /// behind its first, or a tile behind another.
  fileprivate var hasManyFilters: Bool {
    let output = graph[graph.outputs[0]].shape
    return family == .convolution && output.rank == 4 && output[1] > 2 * Layout.lanes
  }
}
