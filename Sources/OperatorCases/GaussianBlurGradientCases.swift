import Operators

/// Every size of the blur.
enum GaussianBlurGradientCases: CaseSource {
  static let cases = BlurGeometry.all.map { geometry in
    OperatorCase(
      .image, geometry.title, GaussianBlurGradient(geometry.blur),
      [.rows("dy", geometry.image)], rows: geometry.rows)
  }
}
