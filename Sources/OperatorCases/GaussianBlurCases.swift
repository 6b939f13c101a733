import Operators

/// The sizes in use, and images as small as the filter allows.
enum GaussianBlurCases: CaseSource {
  static let cases = BlurGeometry.all.map { geometry in
    OperatorCase(
      .image, geometry.title, geometry.blur, [.rows("x", geometry.image)], rows: geometry.rows)
  }
}
