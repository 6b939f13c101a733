import Operators
import Tensors

/// Every geometry, ties and negative images.
enum MaxPoolCases: CaseSource {
  static let cases =
    PoolingGeometry.all.map { make($0, .rows("x", $0.image)) } + [
      make(ties, .rows("x", ties.image, .levels(3)).withoutGradient, "equal elements"),
      make(ties, .rows("x", ties.image, .zeros).withoutGradient, "zeros of both signs"),
      make(ties, .rows("x", ties.image, .uniform(-9...(-8))), "only negative elements"),
    ]

  private static let ties = PoolingGeometry(
    "ties", [17, 7, 6], (3, 3), Window(stride: 2, padding: 1))

  private static func make(
    _ geometry: PoolingGeometry, _ x: Operand, _ title: String? = nil
  ) -> OperatorCase {
    OperatorCase(
      .pooling, title ?? geometry.title,
      MaxPool(kernel: geometry.kernel, window: geometry.window, ceilMode: geometry.ceilMode),
      [x], rows: geometry.rows, tolerance: 0)
  }
}
