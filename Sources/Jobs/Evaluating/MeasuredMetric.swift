import Evaluation

/// What one metric says of the maps of one kind.
struct MeasuredMetric: Sendable {
  private(set) var values: [EvaluationBatch.Want: Measurement] = [:]

  /// Takes the measurements of some maps, in their order.
  mutating func take(_ measurements: [Measurement], of wants: [EvaluationBatch.Want]) {
    for (want, measurement) in zip(wants, measurements) {
      values[want] = measurement
    }
  }

  /// The measurements of maps in an order; what was not measured has none.
  func aligned(to wants: [EvaluationBatch.Want]) -> [Measurement] {
    wants.map { values[$0] ?? Measurement(nil, reason: MeasuredMetric.missing) }
  }

  /// Takes measurements that were compared with those of other methods; what was not measured before
  /// stays so.
  mutating func replace(_ measurements: [Measurement], of wants: [EvaluationBatch.Want]) {
    for (want, measurement) in zip(wants, measurements) where values[want] != nil {
      values[want] = measurement
    }
  }

  private static let missing = "there is no such map"
}
