import Operators

/// Larger, smaller, one pixel and unchanged, both rules for corners.
enum ResizeBilinearCases: CaseSource {
  static let cases = ResizeGeometry.all.map { geometry in
    OperatorCase(
      .image, geometry.title, geometry.resize, [.rows("x", geometry.image)], rows: geometry.rows)
  }
}
