import Tensors

/// How a parameter is laid out for a kernel.
///
/// Forms are made lazily and shared by all plans. `layout/pack.cl` makes them.
package enum ParameterForm: Sendable, Hashable {
  /// Row-major, as in the file.
  case plain
  /// Filters `[K, C/g, R, S]` of so many groups as [K/16][R·S][B][16 in][16 out], zero where there
  /// is none, and 16 zeros; B are the blocks of channels that a block of filters reads.
  case filterBlocks(groups: Int)
  /// Filters `[K, C/g, R, S]` of so many groups as the filters of the gradient by the input, whose
  /// outputs are the channels: [C/16][R·S][B][16 k][16 c], and 16 zeros.
  case transposedBlocks(groups: Int)
  /// Filters `[C, 1, R, S]` of C groups as [C/16][R·S][16], and 16 zeros.
  case depthwiseBlocks
  /// Filters `[K, C, 3, 3]` as [36][K/16][C/16][16 in][16 out], transformed by G g Gᵀ of Winograd's
  /// F(4x4, 3x3).
  ///
  /// Four times as large as the filters. Adjoint: those of the gradient by the input, channels and
  /// filters exchanged and the taps in reverse order.
  case winogradFilters(isAdjoint: Bool = false)
  /// A matrix `[K, C]`, or filters as one, as [K/16][C][16 out], zero where there is none.
  case matrixBlocks
  /// A vector `[K]` followed by zeros up to a multiple of 16.
  case laneBlocks

  /// The number of floats of the form.
  package func floatCount(of shape: Shape) -> Int {
    let lanes = Layout.lanes
    let filters = Layout.blockCount(shape[0]) * lanes
    switch self {
    case .plain: return shape.elementCount
    case .filterBlocks(let groups):
      let blocks = Self.packedBlocks(of: shape, groups: groups)
      return filters * lanes * blocks * shape[2] * shape[3] + lanes
    case .transposedBlocks(let groups):
      let transposed = Self.transposed(shape, groups: groups)
      return Self.filterBlocks(groups: groups).floatCount(of: transposed)
    case .depthwiseBlocks: return filters * shape[2] * shape[3] + lanes
    case .winogradFilters:
      return 36 * filters * Layout.blockCount(shape[1]) * lanes
    case .matrixBlocks: return filters * Self.columns(of: shape)
    case .laneBlocks: return filters
    }
  }

  /// The work-items that make the form.
  ///
  /// An item that makes a whole line may keep it in private memory: a CPU runs each in a group of its
  /// own, as those of a group would have theirs at the same time.
  func workItems(of shape: Shape, _ family: DeviceTraits.Family) -> WorkItems {
    let floats = floatCount(of: shape)
    let lines: Int
    switch self {
    case .filterBlocks, .transposedBlocks:
      lines = (floats / Layout.lanes - 1) / (shape[2] * shape[3]) + 1
    case .winogradFilters: lines = floats / 36 / Layout.lanes
    case .plain, .depthwiseBlocks, .matrixBlocks, .laneBlocks: return .items(floats)
    }
    return family == .cpu ? .groupsOfOne([lines]) : .items(lines)
  }

  /// The shape of the filters of the gradient by the input.
  static func transposed(_ filters: Shape, groups: Int) -> Shape {
    [filters[1] * groups, filters[0] / groups, filters[2], filters[3]]
  }

  /// The columns of filters seen as a matrix.
  static func columns(of shape: Shape) -> Int { shape.extents.dropFirst().reduce(1, *) }

  /// The most blocks of 16 channels that the groups of a block of 16 filters lie in.
  static func packedBlocks(of filters: Shape, groups: Int) -> Int {
    let lanes = Layout.lanes
    let (inGroup, channels) = (filters[0] / groups, filters[1])
    let counts = (0..<Layout.blockCount(filters[0])).map { block in
      let last = min(block * lanes + lanes, filters[0]) - 1
      let first = block * lanes / inGroup * channels / lanes
      return Layout.blockCount((last / inGroup + 1) * channels) - first
    }
    return counts.max() ?? 0
  }
}
