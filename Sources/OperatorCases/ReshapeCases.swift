import Operators
import Tensors

/// Flattening and its inverse, between layouts and ranks.
enum ReshapeCases: CaseSource {
  static let cases: [OperatorCase] = [
    make("flatten 17 channels", [17, 3, 5], to: [1, 255]),
    make("flatten 16 channels, 5 rows", [16, 7, 7], to: [1, 784], rows: 5),
    make("flatten pixels", [33, 1, 1], to: [1, 33]),
    make("back to an image", [96], to: [1, 32, 3, 1]),
    make("split channels", [34, 3, 2], to: [1, 2, 17, 3, 2]),
    make("merge space", [17, 3, 5], to: [1, 17, 15]),
    make("the same shape", [5, 3], to: [1, 5, 3], rows: 1),
    OperatorCase(
      .shape, "no rows", Reshape([3, 10]), [.fixed("x", [5, 6])], tolerance: 0),
    OperatorCase(
      .shape, "no rows, to a scalar", Reshape([]), [.fixed("x", [1, 1])], tolerance: 0),
  ]

  private static func make(
    _ title: String, _ row: Shape, to shape: Shape, rows: Int = 2
  ) -> OperatorCase {
    OperatorCase(.shape, title, Reshape(shape), [.rows("x", row)], rows: rows, tolerance: 0)
  }
}
