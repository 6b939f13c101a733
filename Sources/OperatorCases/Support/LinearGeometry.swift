/// The sizes of a fully connected layer, from which the cases of it and of its gradients are made.
struct LinearGeometry: Sendable {
  let channels: Int
  let outputs: Int
  let rows: Int

  var title: String { "\(channels) to \(outputs), \(rows) row\(rows == 1 ? "" : "s")" }

  static let all: [LinearGeometry] = [
    .init(channels: 1, outputs: 1, rows: 1),
    .init(channels: 17, outputs: 33, rows: 2),
    .init(channels: 16, outputs: 16, rows: 5),
    .init(channels: 31, outputs: 15, rows: 1),
    .init(channels: 33, outputs: 1, rows: 5),
    .init(channels: 1, outputs: 17, rows: 2),
    .init(channels: 257, outputs: 10, rows: 2),
    .init(channels: 64, outputs: 1000, rows: 1),
    .init(channels: 65, outputs: 63, rows: 17),
    .init(channels: 1, outputs: 65, rows: 65),
    .init(channels: 17, outputs: 129, rows: 65),
    .init(channels: 33, outputs: 65, rows: 129),
    .init(channels: 600, outputs: 17, rows: 8),
    .init(channels: 4097, outputs: 7, rows: 1),
    .init(channels: 5000, outputs: 33, rows: 5),
  ]
}
