import Tensors

/// A tensor from which the cases of sums over rows and space are made.
struct ChannelGeometry: Sendable {
  let title: String
  /// The shape of a row.
  let row: Shape
  var rows = 2

  /// A vector with one element for each channel.
  func vector(_ name: String, _ values: Values = .signed) -> Operand {
    .fixed(name, [row[0]], values)
  }

  /// The elements of a channel.
  var terms: Int { row.row.elementCount * rows }

  /// Channels around the width of a block, and tensors of other ranks.
  static let all: [ChannelGeometry] = [
    .init(title: "one element", row: [1, 1, 1], rows: 1),
    .init(title: "17 channels, 5 rows", row: [17, 5, 3], rows: 5),
    .init(title: "16 channels", row: [16, 4, 4]),
    .init(title: "33 channels of one pixel, 5 rows", row: [33, 1, 1], rows: 5),
    .init(title: "15 channels", row: [15, 7, 2]),
    .init(title: "32 channels, one row", row: [32, 13, 11], rows: 1),
    .init(title: "vectors", row: [31], rows: 5),
    .init(title: "rank 3", row: [17, 7]),
    .init(title: "rank 5", row: [3, 2, 2, 3]),
  ]
}
