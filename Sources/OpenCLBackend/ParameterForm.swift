import Tensors

/// How a parameter is laid out for a kernel.
///
/// Forms are made lazily and shared by all plans.
package enum ParameterForm: Sendable, Hashable {
  /// Row-major, as in the file.
  case plain
  /// Filters `[K, C/g, R, S]` as [K/16][C/16][R·S][16 in][16 out], zero where there is none.
  case filterBlocks
  /// Filters `[K, C, 3, 3]` as [36][K/16][C/16][16 in][16 out], transformed by G g Gᵀ of Winograd's
  /// F(4x4, 3x3).
  ///
  /// Four times as large as the filters.
  case winogradFilters
  /// A matrix `[K, C]` as [K/16][C][16 out], zero where there is none.
  case matrixBlocks
  /// A vector `[K]` followed by zeros up to a multiple of 16.
  case laneBlocks

  /// The number of floats of the form.
  package func floatCount(of shape: Shape) -> Int {
    let lanes = Layout.lanes
    func padded(_ extent: Int) -> Int { (extent + lanes - 1) / lanes * lanes }
    switch self {
    case .plain: return shape.elementCount
    case .filterBlocks: return padded(shape[0]) * padded(shape[1]) * shape[2] * shape[3]
    case .winogradFilters: return 36 * itemCount(of: shape)
    case .matrixBlocks: return padded(shape[0]) * shape[1]
    case .laneBlocks: return padded(shape[0])
    }
  }

  /// The number of work-items that make the form.
  func itemCount(of shape: Shape) -> Int {
    guard self == .winogradFilters else { return floatCount(of: shape) }
    return ParameterForm.filterBlocks.floatCount(of: [shape[0], shape[1], 1, 1])
  }
}
