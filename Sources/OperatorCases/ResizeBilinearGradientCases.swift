import Operators

/// Every size of the resize.
enum ResizeBilinearGradientCases: CaseSource {
  static let cases = ResizeGeometry.all.map { geometry in
    let resize = geometry.resize
    return OperatorCase(
      .image, geometry.title,
      ResizeBilinearGradient(
        resize, inputHeight: geometry.image[1], inputWidth: geometry.image[2]),
      [.rows("dy", [geometry.image[0], resize.height, resize.width])], rows: geometry.rows,
      tolerance: OperatorCase.sums(
        of: 4 * resize.height * resize.width / (geometry.image[1] * geometry.image[2])))
  }
}
