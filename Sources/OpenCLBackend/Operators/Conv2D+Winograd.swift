import Operators
import Tensors

/// The C struct `winograd_arguments` of `ops/conv2d_winograd.cl`.
struct WinogradArguments: BitwiseCopyable {
  var conv: Conv2DArguments
  var first: Int32
  var tiles: Int32
  var chunk: Int32
}

extension Conv2D {
  /// Convolution by Winograd's F(4x4, 3x3), Lavin and Gray 2016: a quarter of the products.
  ///
  /// Where 4 does not divide the image, the last tiles of a row are F(4x2, 3x3), say: they have
  /// products at some of the points only, see `common/winograd.clh`.
  ///
  /// For 3x3 filters of stride 1 in one group, with at least 16 channels in and out. The tiles of
  /// 4x4 outputs of the whole batch are worked on in chunks whose two transforms stay in the cache.
  ///
  /// Rounding errors: with the points 0, ±3/4, ±3/2 and ∞ the sums of one output have, by the norms
  /// of the rows of A, B and G, a standard error of at most 3.0 and on average 1.7 times that of
  /// `direct`, so both have the same limit. What is not finite spreads over its tile.
  struct Winograd: Sendable {
    private let conv: Conv2D
    /// Channels and filters, in whole blocks of 16.
    let channels: Int
    let filters: Int
    /// The rows and columns of tiles of an image.
    let grid: (rows: Int, columns: Int)
    /// The tiles of a batch.
    let tileCount: Int
    /// The products of all tiles, by those of the definition.
    let effort: Double
    /// How many work-items run at a time.
    private let computeUnits: Int
    /// The tiles of a chunk, a multiple of `multiple`.
    let chunk: Int
    let chunkCount: Int
    /// The tiles of the product, in registers or in local memory.
    private let products: [Tile]
    /// Which kernels run.
    private let family: DeviceTraits.Family

    /// - Returns: nil where the convolution has another geometry, or filters whose transform cannot
    ///   be indexed with 32 bits.
    init?(_ conv: Conv2D, _ site: OperatorSite) {
      let w = site.inputs[1]
      let one = Window.Pair(1, 1)
      guard w[2] == 3, w[3] == 3, conv.window.stride == one, conv.window.dilation == one,
        conv.groups == 1, w[0] >= Layout.lanes, w[1] >= Layout.lanes,
        ParameterForm.winogradFilters().floatCount(of: w) < 1 << 31
      else { return nil }
      self.conv = conv
      channels = Layout.blockCount(w[1]) * Layout.lanes
      filters = Layout.blockCount(w[0]) * Layout.lanes
      grid = ((site.output[2] + 3) / 4, (site.output[3] + 3) / 4)
      let tiles = site.output[0] * grid.rows * grid.columns
      tileCount = tiles
      let places = Self.products(site.output[2]) * Self.products(site.output[3])
      let outputs = 9 * site.output[2] * site.output[3]
      effort = Double(places * channels * filters) / Double(outputs * w[0] * w[1])
      computeUnits = site.traits.computeUnits
      family = site.traits.family
      // Where a plan for fewer images has another chunk it holds all their tiles: the sums of a weight gradient
      // are over the same chunks at any capacity.
      let all = (tiles + Self.multiple - 1) / Self.multiple * Self.multiple
      chunk = min(Self.chunk(channels + filters, family), all)
      products =
        family == .gpu
        ? Tile.gemm(pixels: min(tiles, chunk), filters: w[0], count: 36, site.traits)
        : Tile.products(pixels: tiles, filters: w[0], site.traits)
      chunkCount = (tiles + chunk - 1) / chunk
    }

    /// The products of a row of tiles with so many outputs: 6 a tile of 4, 2 more than it has where it is short.
    private static func products(_ outputs: Int) -> Int {
      let rest = outputs % 4
      return outputs / 4 * 6 + (rest > 0 ? rest + 2 : 0)
    }

    /// A multiple of the pixels of every tile.
    private static let multiple = 84

    /// The tiles of a chunk: as many as have transforms of 8 MB, 32 MB on a GPU, so that they stay in
    /// the cache, but so many that the filters, read once a chunk, are worth reading.
    private static func chunk(_ channels: Int, _ family: DeviceTraits.Family) -> Int {
      max((family == .gpu ? 1 << 23 : 1 << 21) / (36 * channels) / multiple, 3) * multiple
    }

    /// Whether this is the fastest way to compute an image of this shape, in a batch of any size.
    ///
    /// Channels and filters count in whole blocks of 16, as they are multiplied.
    ///
    /// Time against `direct` on two cores with AVX2, 4 images, by channels in and out: 0.35 to 0.6
    /// from 64 channels and 4 tiles up; 0.67 for 32 channels at 14x14; 0.8 to 1.3 for 32 channels at
    /// 7x7 and for 16 channels; 1.0 to 1.8 for maps of one tile, whose filters are read for too few
    /// products.
    var isFastest: Bool {
      grid.rows >= 2 && grid.columns >= 2 && min(channels, filters) >= 2 * Layout.lanes
    }

    /// The rungs of the ladder, the slowest first: by chunks, and by runs where V and M of a run fit
    /// into the cache next to a core.
    ///
    /// Runs are faster where there are enough to keep the device busy.
    var rungs: [Variant] {
      guard family == .cpu, let byRuns = fused else { return [variant] }
      let runs = (tileCount + Self.fusedRun(products) - 1) / Self.fusedRun(products)
      return runs >= 2 * computeUnits ? [variant, byRuns] : [byRuns, variant]
    }

    /// Takes a run of tiles through all three steps at a time; nil where V and M of a run are more
    /// than half a megabyte.
    ///
    /// An item has V and M of its own and takes several runs, for each of which the filters are read
    /// again. Time against chunks, 64 channels at 56x56, 32 images: 0.93, with a residual 0.96.
    private var fused: Variant? {
      let run = Self.fusedRun(products)
      let floats = 36 * (channels + filters) * run
      let runs = (tileCount + run - 1) / run
      guard floats * 4 <= 1 << 19 else { return nil }
      let count = min(4 * computeUnits, runs)
      var variant = variant
      variant.name = "winograd4-fused"
      variant.scratch = [count * floats]
      variant.calls = { scope in
        let kernel = KernelName(
          "ops/conv2d_winograd.cl", "winograd_fused", defines: scope.tile.sizes)
        let tiles = scope.output.shape[0] * grid.rows * grid.columns
        let arguments = WinogradArguments(
          conv: conv.arguments(scope), first: 0, tiles: Int32(tiles), chunk: Int32(run))
        return [
          KernelCall(
            kernel, conv.operands(scope) + [.scratch(0)], arguments, .groupsOfOne([count]))
        ]
      }
      return variant
    }

    /// The least number of tiles, 12 or more, that every tile of the product divides.
    private static func fusedRun(_ products: [Tile]) -> Int {
      let widths = products.map { $0["UW"] }
      return (12...).first { run in widths.allSatisfy { run % $0 == 0 } } ?? multiple
    }

    /// The rung of the ladder.
    var variant: Variant {
      var variant = Variant(
        "winograd4",
        inputs: [.layout(.blocked), .packed(.winogradFilters()), .packed(.laneBlocks)],
        output: .blocked, calls: calls)
      variant.effort = effort
      variant.hasEpilogue = true
      variant.hasGate = true
      variant.tiles = products
      variant.scratch = [36 * channels * chunk, 36 * filters * chunk]
      return variant
    }

    /// The arguments of each chunk in a run of the forward pass; in one of fewer rows the last chunks
    /// are empty.
    /// - Parameters:
    ///   - scope: of the forward pass.
    ///   - room: the tiles that V and M hold, if not `chunk`.
    /// - Returns: `chunkCount` of them.
    func chunks(_ scope: LaunchScope, room: Int? = nil) -> [WinogradArguments] {
      let total = scope.output.shape[0] * grid.rows * grid.columns
      let shared = conv.arguments(scope)
      return (0..<chunkCount).map { index in
        let tiles = min(max(total - index * chunk, 0), chunk)
        return WinogradArguments(
          conv: shared, first: Int32(tiles > 0 ? index * chunk : 0), tiles: Int32(tiles),
          chunk: Int32(room ?? chunk))
      }
    }

    @Sendable private func calls(_ scope: LaunchScope) -> [KernelCall] {
      let isGPU = family == .gpu
      let file = isGPU ? "ops/conv2d_winograd_gemm.cl" : "ops/conv2d_winograd.cl"
      let input = KernelName(file, "winograd_input")
      let multiply = KernelName(file, "winograd_multiply", defines: scope.tile.sizes)
      let output = KernelName(file, "winograd_output")
      let operands = conv.operands(scope)
      return chunks(scope).flatMap { arguments in
        let items = max(Int(arguments.tiles), 1)
        let products =
          isGPU
          ? scope.tile.gemmItems(pixels: items, filters: filters, count: 36)
          : scope.tile.groups(pixels: items, filters: filters, [36])
        return [
          KernelCall(
            input, [operands[0], .scratch(0)], arguments,
            transformItems(items, channels / Layout.lanes)),
          KernelCall(multiply, [.scratch(0), operands[1], .scratch(1)], arguments, products),
          KernelCall(
            output, [.scratch(1), operands[2], .residual, .gate, .output], arguments,
            transformItems(items, filters / Layout.lanes)),
        ]
      }
    }

    /// The work-items that transform tiles of so many blocks of channels.
    func transformItems(_ tiles: Int, _ blocks: Int) -> WorkItems {
      family == .gpu
        ? .quads(pixels: tiles, blocks: blocks)
        : .groupsOfOne([(tiles + Tile.run - 1) / Tile.run, blocks])
    }
  }
}
