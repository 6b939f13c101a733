import Operators
import Tensors

/// Every geometry, with and without padding in the divisor.
enum AveragePoolCases: CaseSource {
  static let cases = [false, true].flatMap { countsPadding in
    PoolingGeometry.all.map { geometry in
      OperatorCase(
        .pooling, geometry.title + (countsPadding ? ", padding counts" : ""),
        pool(geometry, countsPadding), [.rows("x", geometry.image)], rows: geometry.rows)
    }
  }

  static func pool(_ geometry: PoolingGeometry, _ countsPadding: Bool) -> AveragePool {
    AveragePool(
      kernel: geometry.kernel, window: geometry.window, ceilMode: geometry.ceilMode,
      countsPadding: countsPadding)
  }
}
