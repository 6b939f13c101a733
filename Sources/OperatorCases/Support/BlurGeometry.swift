import Operators
import Tensors

/// The sizes of a blur, from which the cases of it and of its adjoint are made.
struct BlurGeometry: Sendable {
  let title: String
  let image: Shape
  let blur: GaussianBlur
  let rows: Int

  init(_ title: String, _ image: Shape, size: Int, sigma: Float, rows: Int = 2) {
    self.title = title
    self.image = image
    self.blur = GaussianBlur(size: size, sigma: sigma)
    self.rows = rows
  }

  static let all: [BlurGeometry] = [
    .init("51 taps over a picture", [3, 33, 29], size: 51, sigma: 50, rows: 1),
    .init("11 taps, odd image", [3, 13, 17], size: 11, sigma: 5),
    .init("3 taps, 17 channels", [17, 5, 4], size: 3, sigma: 0.8, rows: 5),
    .init("one tap", [2, 3, 5], size: 1, sigma: 1),
    .init("the smallest image", [1, 4, 4], size: 7, sigma: 2),
    .init("a narrow filter", [3, 9, 8], size: 9, sigma: 0.3),
  ]
}
