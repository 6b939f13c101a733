import Tensors

/// The tiles of `common/product.clh`: matrix products in local memory, for GPUs.
extension Tile {
  /// A tile with the time that a product takes in it against the best.
  ///
  /// The larger the sums of an item, the fewer its loads: 8x8 sums read 16 bytes for 16 products,
  /// 4x4 sums for 8. The factors are that ratio, half hidden; the tuner finds the truth.
  private struct Candidate {
    let tile: Tile
    let time: Double

    init(
      pixels: Int, filters: Int, terms: Int, sums: (pixels: Int, filters: Int), time: Double
    ) {
      tile = Tile([
        "TP": pixels, "TK": filters, "KT": terms, "MP": sums.pixels, "MK": sums.filters,
      ])
      self.time = time
    }
  }

  /// The tiles that fit a GPU, and one for devices with room for nothing else.
  ///
  /// OpenCL promises groups of one item and 1 KiB of local memory. Elsewhere the last one's item
  /// leaves a warp idle.
  private static let candidates = [
    Candidate(pixels: 128, filters: 128, terms: 8, sums: (8, 8), time: 1),
    Candidate(pixels: 64, filters: 64, terms: 16, sums: (4, 4), time: 1.5),
    Candidate(pixels: 64, filters: 32, terms: 16, sums: (4, 4), time: 1.6),
    Candidate(pixels: 64, filters: 16, terms: 16, sums: (4, 4), time: 2),
    Candidate(pixels: 4, filters: 16, terms: 4, sums: (4, 16), time: 128),
  ]

  /// The work-items of a group; `ITEMS` of `common/product.clh`.
  private var items: Int { self["TP"] / self["MP"] * (self["TK"] / self["MK"]) }

  /// Two buffers of a slice each, with rows of TP + 4 and of TK floats.
  private var localByteCount: Int { 2 * 4 * self["KT"] * (self["TP"] + 4 + self["TK"]) }

  private func fits(_ traits: DeviceTraits) -> Bool {
    items <= traits.largestGroup && localByteCount <= traits.localByteCount
  }

  /// How many groups a large card runs at a time: fewer leave multiprocessors idle.
  private static let groupsAtATime = 132

  /// Tiles for a product of so many pixels and filters, the fastest by a model of a large card
  /// first; those that would be empty by half or that the device has no room for are left out.
  /// - Parameters:
  ///   - pixels: of the whole batch.
  ///   - filters: how many there are.
  ///   - count: how many such products run at a time.
  ///   - isSingle: whether only tiles with one block of filters can be used.
  ///   - traits: of the device.
  /// - Returns: at least one tile.
  static func gemm(
    pixels: Int, filters: Int, count: Int = 1, isSingle: Bool = false, _ traits: DeviceTraits
  ) -> [Tile] {
    let fitting = candidates.filter { candidate in
      let tile = candidate.tile
      guard tile.fits(traits) else { return false }
      guard tile["TK"] > Layout.lanes else { return true }
      return !isSingle && 2 * pixels > tile["TP"] && 2 * filters > tile["TK"]
    }
    let timed = fitting.map { candidate in
      let tile = candidate.tile
      let groups = count * parts(pixels, tile["TP"]) * parts(filters, tile["TK"])
      let turns = parts(groups, groupsAtATime)
      return (tile: tile, time: Double(turns * tile["TP"] * tile["TK"]) * candidate.time)
    }
    return timed.sorted { $0.time < $1.time }.map(\.tile)
  }

  /// The work-items of a product: tiles of filters first, so that neighbours share the pixels that
  /// they read.
  ///
  /// All tiles are one axis: along the others some drivers take no more than 65535 groups.
  func gemmItems(pixels: Int, filters: Int, count: Int = 1) -> WorkItems {
    let groups = Self.parts(filters, self["TK"]) * Self.parts(pixels, self["TP"])
    return WorkItems(global: [groups * items, count], local: [items, 1])
  }

  private static func parts(_ count: Int, _ size: Int) -> Int { (count + size - 1) / size }
}

extension WorkItems {
  /// One work-item for 4 channels of each of so many pixels, for each of so many blocks.
  static func quads(pixels: Int, blocks: Int) -> WorkItems {
    row(of: pixels * Layout.lanes / 4, [blocks])
  }
}
