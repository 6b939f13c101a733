import Operators
import Tensors

/// The sizes of a resize, from which the cases of it and of its gradient are made.
struct ResizeGeometry: Sendable {
  let title: String
  /// One image, `[C, h, w]`.
  let image: Shape
  let resize: ResizeBilinear
  let rows: Int

  init(_ image: Shape, to height: Int, _ width: Int, alignsCorners: Bool = false, rows: Int = 2) {
    self.image = image
    self.resize = ResizeBilinear(height: height, width: width, alignsCorners: alignsCorners)
    self.rows = rows
    self.title =
      "\(image) to \(height)x\(width)" + (alignsCorners ? ", corners aligned" : "")
  }

  static let all: [ResizeGeometry] = [false, true].flatMap { alignsCorners in
    [
      ResizeGeometry([1, 7, 7], to: 56, 56, alignsCorners: alignsCorners),
      ResizeGeometry([17, 3, 5], to: 7, 11, alignsCorners: alignsCorners),
      ResizeGeometry([16, 4, 4], to: 8, 8, alignsCorners: alignsCorners, rows: 5),
      ResizeGeometry([33, 9, 7], to: 4, 3, alignsCorners: alignsCorners),
      ResizeGeometry([3, 1, 1], to: 5, 3, alignsCorners: alignsCorners),
      ResizeGeometry([3, 6, 5], to: 1, 1, alignsCorners: alignsCorners),
      ResizeGeometry([15, 5, 6], to: 5, 6, alignsCorners: alignsCorners, rows: 1),
      ResizeGeometry([2, 13, 1], to: 31, 1, alignsCorners: alignsCorners),
      ResizeGeometry([1, 2, 3], to: 37, 41, alignsCorners: alignsCorners, rows: 1),
    ]
  }
}
