/// The sizes that a kernel is compiled for: how much one work-item or group computes.
///
/// They decide its speed and never its bits, so a tile may follow the batch and the device.
package struct Tile: Sendable, Hashable, CustomStringConvertible {
  /// The defines of the kernel.
  package let sizes: [String: Int]

  /// A tile of these sizes; none for a kernel that has nothing to choose.
  package init(_ sizes: [String: Int] = [:]) {
    self.sizes = sizes
  }

  /// A size; 1 where the kernel has none of this name.
  package subscript(_ name: String) -> Int { sizes[name] ?? 1 }

  /// `NB=1 UW=6`.
  package var description: String {
    sizes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
  }
}

extension Tile {
  /// Pixels and blocks of filters, by the device's vectors: what fits its registers.
  ///
  /// The factor is the time that a product takes in such a tile, as measured; more pixels than six
  /// have more pointers than there are registers for them. With AVX-512 24 sums leave room for the
  /// filters and the pixel.
  private static func candidates(
    _ traits: DeviceTraits
  ) -> [(pixels: Int, blocks: Int, time: Double)] {
    switch traits.floatWidth {
    case 16...: [(6, 4, 1), (6, 2, 1.01), (6, 1, 1.02)]
    case 8...: [(6, 1, 1), (4, 1, 1.15)]
    default: [(3, 1, 1), (6, 1, 1.1)]
    }
  }

  /// Tiles of UW pixels and NB blocks of 16 filters, the one that computes least beside the output
  /// first.
  /// - Parameters:
  ///   - pixels: of the whole batch.
  ///   - filters: how many there are.
  ///   - isSingle: whether only tiles with one block of filters can be used.
  ///   - traits: of the device.
  /// - Returns: at least one.
  static func products(
    pixels: Int, filters: Int, isSingle: Bool = false, _ traits: DeviceTraits
  ) -> [Tile] {
    func padded(_ count: Int, _ part: Int) -> Int { (count + part - 1) / part * part }
    let blocks = Layout.blockCount(filters)
    return candidates(traits)
      .filter { $0.blocks == 1 || !isSingle }
      .map { candidate in
        let work = padded(pixels, candidate.pixels) * padded(blocks, candidate.blocks)
        let tile = Tile(["UW": candidate.pixels, "NB": candidate.blocks])
        return (tile: tile, time: Double(work) * candidate.time)
      }
      .sorted { $0.time < $1.time }
      .map(\.tile)
  }

  /// How many filters have their sums of 16 channels in registers at a time, by the device's vectors.
  static func filterBlocks(_ traits: DeviceTraits) -> [Tile] {
    let counts =
      switch traits.floatWidth {
      case 16...: [16, 8, 4]
      case 8...: [4, 8]
      default: [2, 4]
      }
    return counts.map { Tile(["KW": $0]) }
  }

  /// This tile with the sizes of another.
  func with(_ other: Tile) -> Tile { Tile(sizes.merging(other.sizes) { $1 }) }

  /// The tiles that a work-item computes, one after the other; `TILES` of `common/convolution.clh`.
  static let run = 8

  /// The work-groups of one that cover an output: blocks of filters first, so that neighbours share
  /// the pixels that they read.
  func groups(pixels: Int, filters: Int, _ rest: [Int] = []) -> WorkItems {
    let blocks = Layout.blockCount(filters)
    let pixelsOfItem = self["UW"] * Self.run
    return .groupsOfOne(
      [(blocks + self["NB"] - 1) / self["NB"], (pixels + pixelsOfItem - 1) / pixelsOfItem] + rest)
  }
}
