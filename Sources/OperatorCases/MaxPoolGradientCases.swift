import Graphs
import Operators
import Tensors

/// Every geometry, and ties, where the first maximum in row-major order takes all.
enum MaxPoolGradientCases: CaseSource {
  static let cases =
    PoolingGeometry.all.map { make($0, .signed) } + [
      make(ties, .levels(3), "equal elements"),
      make(ties, .zeros, "zeros of both signs"),
      make(ties, .list([1]), "a constant image"),
    ]

  private static let ties = PoolingGeometry(
    "ties", [17, 7, 6], (3, 3), Window(stride: 2, padding: 1))

  private static func make(
    _ geometry: PoolingGeometry, _ values: Values, _ title: String? = nil
  ) -> OperatorCase {
    let pool = MaxPool(
      kernel: geometry.kernel, window: geometry.window, ceilMode: geometry.ceilMode)
    let y = OperatorCase.shape(of: pool, over: geometry.image)
    return OperatorCase(
      .pooling, title ?? geometry.title, MaxPoolGradient(pool),
      [.rows("x", geometry.image, values).withoutGradient, .rows("dy", y).withoutGradient],
      rows: geometry.rows)
  }
}

extension OperatorCase {
  /// The shape of one row of the output of an operator of one input with rows.
  static func shape(of operation: some Operator, over row: Shape) -> Shape {
    do {
      return try operation.outputShape([Shape([1] + row.extents)]).row
    } catch {
      preconditionFailure("\(error)")
    }
  }
}
