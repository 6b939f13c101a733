import Operators
import Tensors

/// A tensor and a percentile of it, from which the cases of it and of its gradient are made.
struct PercentileGeometry: Sendable {
  let title: String
  let reduction: ReductionGeometry
  let theta: Float
  let values: Values

  init(
    _ title: String, _ theta: Float, _ shape: Shape, _ axes: [Int], _ values: Values = .signed,
    rows: Int = 2
  ) {
    self.title = title
    self.theta = theta
    self.reduction = ReductionGeometry(title, shape, axes, rows: rows)
    self.values = values
  }

  var percentile: Percentile { Percentile(theta: theta, axes: reduction.axes) }

  static let distinct: [PercentileGeometry] = [
    .init("70 of maps, 17 channels", 70, [17, 7, 7], [2, 3]),
    .init("70 of everything, 5 rows", 70, [16, 3, 5], [1, 2, 3], rows: 5),
    .init("median of an even number", 50, [5, 2, 4], [2, 3]),
    .init("median of an odd number", 50, [5, 3, 3], [2, 3]),
    .init("0, the minimum", 0, [33, 3, 3], [2, 3]),
    .init("100, the maximum", 100, [33, 3, 3], [2, 3]),
    .init("99 of a large map", 99, [1, 41, 43], [2, 3], rows: 1),
    .init("one element", 30, [15, 1, 1], [2, 3]),
    .init("vectors", 12.5, [31], [1], rows: 5),
    .init("no rows", 70, [3, 11], [1], rows: 0),
    .init("channels and columns", 33.3, [7, 3, 5], [1, 3]),
  ]

  static let tied: [PercentileGeometry] = [
    .init("equal elements", 70, [17, 5, 7], [2, 3], .levels(3)),
    .init("many zeros", 60, [17, 5, 7], [2, 3], .zeros),
    .init("constant maps", 70, [3, 5, 5], [2, 3], .list([1.5])),
  ]
}
