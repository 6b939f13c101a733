import Operators
import Tensors

/// Every percentile; among equal elements the first in memory holds the lower rank.
enum PercentileGradientCases: CaseSource {
  static let cases = (PercentileGeometry.distinct + PercentileGeometry.tied).map { geometry in
    let x = geometry.reduction.operand(geometry.values)
    let dy =
      geometry.reduction.rows == 0
      ? Operand.fixed("dy", x.shape.keeping(geometry.reduction.axes))
      : Operand.rows("dy", x.shape.keeping(geometry.reduction.axes).row)
    return OperatorCase(
      .reduction, geometry.title, PercentileGradient(geometry.percentile),
      [x.withoutGradient, dy.withoutGradient], rows: max(geometry.reduction.rows, 1))
  }
}

extension Shape {
  /// The shape with extent 1 along some axes.
  fileprivate func keeping(_ axes: [Int]) -> Shape {
    Shape(extents.indices.map { axes.contains($0) ? 1 : extents[$0] })
  }
}
