import Tensors

/// The tiles of `common/product.clh`: matrix products in local memory, for GPUs.
extension Tile {
  /// A shape of a tile with the time that a product takes in it against the best.
  ///
  /// The larger the sums of an item, the fewer its loads: 8x8 sums read 16 bytes for 16 products,
  /// 4x4 sums for 8. The factors are that ratio, half hidden; the tuner finds the truth.
  private struct Candidate {
    let pixels: Int
    let filters: Int
    let terms: Int
    let sums: Int
    let time: Double

    var tile: Tile {
      Tile(["TP": pixels, "TK": filters, "KT": terms, "MP": sums, "MK": sums])
    }
  }

  private static let candidates = [
    Candidate(pixels: 128, filters: 128, terms: 8, sums: 8, time: 1),
    Candidate(pixels: 64, filters: 64, terms: 16, sums: 4, time: 1.5),
    Candidate(pixels: 64, filters: 32, terms: 16, sums: 4, time: 1.6),
    Candidate(pixels: 64, filters: 16, terms: 16, sums: 4, time: 2),
  ]

  /// How many groups a large card runs at a time: fewer leave multiprocessors idle.
  private static let groupsAtATime = 132

  /// Tiles for a product of so many pixels and filters, the fastest by a model of a large card
  /// first; those that would be empty by half are left out.
  /// - Parameters:
  ///   - pixels: of the whole batch.
  ///   - filters: how many there are.
  ///   - count: how many such products run at a time.
  ///   - isSingle: whether only tiles with one block of filters can be used.
  /// - Returns: at least one tile.
  static func gemm(
    pixels: Int, filters: Int, count: Int = 1, isSingle: Bool = false
  ) -> [Tile] {
    let fitting = candidates.filter { candidate in
      guard candidate.filters > Layout.lanes else { return true }
      return !isSingle && 2 * pixels > candidate.pixels && 2 * filters > candidate.filters
    }
    let timed = fitting.map { candidate in
      let groups =
        count * parts(pixels, candidate.pixels) * parts(filters, candidate.filters)
      let turns = parts(groups, groupsAtATime)
      let time = Double(turns * candidate.pixels * candidate.filters) * candidate.time
      return (tile: candidate.tile, time: time)
    }
    return timed.sorted { $0.time < $1.time }.map(\.tile)
  }

  /// The work-items of a product: tiles of filters first, so that neighbours share the pixels that
  /// they read.
  ///
  /// All tiles are one axis: along the others some drivers take no more than 65535 groups.
  func gemmItems(pixels: Int, filters: Int, count: Int = 1) -> WorkItems {
    let items = self["TP"] / self["MP"] * (self["TK"] / self["MK"])
    let groups = Self.parts(filters, self["TK"]) * Self.parts(pixels, self["TP"])
    return WorkItems(global: [groups * items, count], local: [items, 1])
  }

  private static func parts(_ count: Int, _ size: Int) -> Int { (count + size - 1) / size }
}

extension WorkItems {
  /// One work-item for 4 channels of each of so many pixels, for each of so many blocks.
  static func quads(pixels: Int, blocks: Int) -> WorkItems {
    let count = pixels * Layout.lanes / 4
    let local = localCount(for: count)
    return WorkItems(
      global: [max((count + local - 1) / local, 1) * local, blocks], local: [local, 1])
  }
}
