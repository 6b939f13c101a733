import Operators
import Tensors

/// The geometry of a pooling, from which the cases of the four pooling operators are made.
struct PoolingGeometry: Sendable {
  let title: String
  /// One image, `[C, H, W]`.
  let image: Shape
  let kernel: Window.Pair
  let window: Window
  let ceilMode: Bool
  let rows: Int

  init(
    _ title: String, _ image: Shape, _ kernel: (Int, Int), _ window: Window = Window(),
    ceilMode: Bool = false, rows: Int = 2
  ) {
    self.title = title
    self.image = image
    self.kernel = Window.Pair(kernel.0, kernel.1)
    self.window = window
    self.ceilMode = ceilMode
    self.rows = rows
  }

  static let all: [PoolingGeometry] = [
    .init("one pixel", [1, 1, 1], (1, 1), rows: 1),
    .init("2x2, stride 2", [16, 8, 6], (2, 2), Window(stride: 2)),
    .init("2x2, stride 2, odd image, 17 channels", [17, 7, 9], (2, 2), Window(stride: 2), rows: 5),
    .init("3x3, stride 2, padding 1", [33, 9, 7], (3, 3), Window(stride: 2, padding: 1)),
    .init("3x3, stride 2, ceil", [15, 8, 7], (3, 3), Window(stride: 2), ceilMode: true),
    .init(
      "3x3, stride 2, padding 1, ceil", [16, 6, 8], (3, 3),
      Window(stride: 2, padding: 1), ceilMode: true),
    .init(
      "2x2, stride 3, ceil, no window in the padding", [3, 5, 7], (2, 2),
      Window(stride: 3, padding: 1), ceilMode: true),
    .init("3x3, stride 1, padding 1", [17, 5, 5], (3, 3), Window(padding: 1), rows: 1),
    .init(
      "uneven padding", [4, 6, 7], (3, 2),
      Window(stride: (2, 1), before: (1, 0), after: (0, 1))),
    .init(
      "uneven padding, ceil", [4, 6, 7], (3, 3),
      Window(stride: (2, 3), before: (0, 1), after: (2, 1)), ceilMode: true),
    .init(
      "dilation 2", [5, 9, 8], (3, 2),
      Window(stride: (1, 2), before: (2, 1), after: (2, 1), dilation: (2, 2))),
    .init("as large as the image", [31, 5, 3], (5, 3)),
    .init("stride beyond the window", [3, 10, 11], (2, 1), Window(stride: 4)),
    .init("13x13 over a larger image", [2, 15, 17], (13, 13), Window(padding: 6), rows: 1),
  ]
}
