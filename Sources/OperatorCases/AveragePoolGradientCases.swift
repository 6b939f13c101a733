import Operators
import Tensors

/// Every geometry, with and without padding in the divisor.
enum AveragePoolGradientCases: CaseSource {
  static let cases = [false, true].flatMap { countsPadding in
    PoolingGeometry.all.map { geometry in
      let pool = AveragePoolCases.pool(geometry, countsPadding)
      return OperatorCase(
        .pooling, geometry.title + (countsPadding ? ", padding counts" : ""),
        AveragePoolGradient(
          pool, inputHeight: geometry.image[1], inputWidth: geometry.image[2]),
        [.rows("dy", OperatorCase.shape(of: pool, over: geometry.image))], rows: geometry.rows)
    }
  }
}
