import Evaluation
import Saliency

/// What became of one image.
struct EvaluationOutcome: Sendable {
  let input: Input
  /// A record for everything that was to be measured, in the order of kinds, metrics and targets.
  let records: [MeasurementRecord]
  /// Why not all could be measured.
  let failures: [Failure]
  /// Whether the image could not even be read.
  var isUnusable = false

  /// The outcome of an image; what was to be measured and was not has a record that says why.
  /// - Parameters:
  ///   - input: the image.
  ///   - measured: what was measured, with the class where the target is one.
  ///   - failures: why not all was.
  ///   - evaluation: what was to be measured.
  init(
    _ input: Input, _ measured: [MeasurementKey: (measurement: Measurement, index: Int?)] = [:],
    failures: [Failure], _ evaluation: EvaluationJob
  ) {
    self.input = input
    self.failures = failures
    let lost = Measurement(failed: failures.first.map(\.what) ?? "there is no such map")
    records = evaluation.keys(of: input).keys.map { key in
      let nothing =
        key.target == EvaluationJob.noTarget
        ? Measurement(nil, reason: "no object of the network's classes is in it") : lost
      let (measurement, index) = measured[key] ?? (nothing, nil)
      return MeasurementRecord(
        input: input, key: key, index: index, label: index.flatMap { evaluation.job.labels?[$0] },
        rules: evaluation.rules, measurement: measurement, keepsCurves: evaluation.keepsCurves)
    }
  }

  /// The lines of `evaluation.jsonl`.
  var lines: [String] {
    records.map(\.json.description) + failures.map { $0.record(of: input).description }
  }
}

/// One line of `evaluation.jsonl`.
struct MeasurementRecord: Sendable {
  let input: Input
  let key: MeasurementKey
  /// The class; nil where the target is none.
  let index: Int?
  let label: String?
  let rules: EvaluationProtocol?
  let measurement: Measurement
  let keepsCurves: Bool

  var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("schema", .integer(ExplanationRecord.schema)), .init("image", .string(input.name)),
      .init("source", .string(input.source)), .init("method", .string(key.kind.method)),
      .init("layer", key.kind.layer.isEmpty ? .null : .string(key.kind.layer)),
      .init(
        "target",
        ["text": .string(key.target), "index": .whole(index), "label": .text(label)]),
      .init("truth", .whole(input.truth.index)), .init("metric", .string(key.metric)),
      .init("protocol", .string(rules?.name ?? EvaluationSummary.noProtocol)),
      .init("value", .number(measurement.value)), .init("reason", .text(measurement.reason)),
      .init("failed", .bool(measurement.isFailed)),
      .init("degenerate", .bool(measurement.isDegenerate)),
      .init(
        "parts",
        .object(measurement.parts.map { JSONValue.Member($0.name, .number($0.value)) })),
    ]
    if keepsCurves {
      members.append(
        .init(
          "curves",
          .object(
            measurement.curves.map { curve in
              JSONValue.Member(curve.name, .array(curve.values.map { .number($0) }))
            })))
    }
    return .object(members)
  }
}
