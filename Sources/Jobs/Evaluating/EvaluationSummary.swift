import Evaluation
import Saliency

/// What maps are worth over a data set: `summary.json`, made from `evaluation.jsonl` and nothing else.
public struct EvaluationSummary: Sendable {
  /// What stands in the place of a protocol where the user names none.
  static let noProtocol = "default"

  /// A metric of one kind of maps.
  public struct Row: Sendable {
    /// The maps.
    public let kind: MapKind
    /// The metric.
    public let metric: MetricRequest
    /// Its value over the data set.
    public let values: DatasetRow
    /// What is published of the method.
    public let published: EvaluationProtocol.Figure?
    /// The mean curves, where records keep them.
    public let curves: [MeanCurve]
  }

  /// Two kinds of maps under one metric.
  public struct Pair: Sendable {
    /// The metric.
    public let metric: MetricRequest
    /// The first kind.
    public let first: MapKind
    /// The second kind.
    public let second: MapKind
    /// How much they differ.
    public let values: PairedRow
  }

  /// The images of the run.
  public let imageCount: Int
  /// Those that something could not be measured of.
  public let failedCount: Int
  /// A row for each metric of each kind of maps.
  public let rows: [Row]
  /// Every two kinds, for each metric.
  public let pairs: [Pair]
  /// The kinds of each method by their over-all score, the best first, where it has several layers.
  public let rankings: [[Row]]
  let evaluation: EvaluationJob

  /// Reads the lines of a run, one after the other.
  /// - Throws: `Failure` where they cannot be read.
  init(of evaluation: EvaluationJob) throws(Failure) {
    self.evaluation = evaluation
    let table = try SummaryTable(evaluation)
    imageCount = evaluation.job.inputs.count
    failedCount = table.failedCount
    var rows: [Row] = []
    var pairs: [Pair] = []
    for metric in evaluation.metrics {
      let own = evaluation.kinds.map { kind in
        Row(
          kind: kind, metric: metric,
          values: DatasetRow(
            table.tallies(kind, metric), of: metric.metric, evaluation.bootstrap),
          published: evaluation.published(of: kind, under: metric.metric),
          curves: table.curves(kind, metric))
      }
      rows += own
      for (place, first) in own.enumerated() {
        for second in own.dropFirst(place + 1) {
          let values = PairedRow(
            first.values, second.values, of: metric.metric, evaluation.bootstrap)
          if let values {
            pairs.append(
              Pair(metric: metric, first: first.kind, second: second.kind, values: values))
          }
        }
      }
    }
    self.rows = rows
    self.pairs = pairs
    rankings = Self.rankings(rows)
  }

  private static func rankings(_ rows: [Row]) -> [[Row]] {
    let scores = rows.filter { $0.metric.metricName == "over-all" && $0.values.value != nil }
    var methods: [String] = []
    for row in scores where !methods.contains(row.kind.method) { methods.append(row.kind.method) }
    return methods.map { method in
      scores.filter { $0.kind.method == method }.sorted {
        ($0.values.value ?? 0) > ($1.values.value ?? 0)
      }
    }.filter { $0.count > 1 }
  }

  /// What tables call a kind of maps.
  public func name(of kind: MapKind) -> String {
    let isLayered = evaluation.kinds.contains { $0.method == kind.method && $0.layer != kind.layer }
    return isLayered ? "\(kind.method)@\(kind.layer)" : kind.method
  }
}
