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
    /// The images that it was not measured on, for they or their maps failed.
    public let failed: Int
    /// What is published of the method.
    public let published: EvaluationProtocol.Figure?
    /// The mean curves, where records keep them.
    public let curves: [Measurement.Curve]
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
  private let evaluation: EvaluationJob

  /// Reads the lines of a run.
  init(_ lines: [ArraySlice<UInt8>], of evaluation: EvaluationJob) {
    self.evaluation = evaluation
    let table = Table(lines, evaluation)
    imageCount = evaluation.job.inputs.count
    failedCount = evaluation.job.inputs.count { table.failed.contains($0.name) }
    var rows: [Row] = []
    for metric in evaluation.metrics {
      for kind in evaluation.kinds {
        let images = table.images(kind, metric)
        let published = evaluation.rules?.figures.first {
          $0.metric == metric.metricName && $0.method == kind.method
        }
        rows.append(
          Row(
            kind: kind, metric: metric,
            values: DatasetRow(images, of: metric.metric, evaluation.bootstrap),
            failed: images.count(where: \.isEmpty), published: published,
            curves: table.curves(kind, metric)))
      }
    }
    self.rows = rows
    var pairs: [Pair] = []
    for metric in evaluation.metrics {
      for (place, first) in evaluation.kinds.enumerated() {
        for second in evaluation.kinds.dropFirst(place + 1) {
          let values = PairedRow(
            table.images(first, metric), table.images(second, metric), of: metric.metric,
            evaluation.bootstrap)
          if let values {
            pairs.append(Pair(metric: metric, first: first, second: second, values: values))
          }
        }
      }
    }
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

  /// The document.
  public var json: JSONValue {
    let bootstrap = evaluation.bootstrap
    var members: [JSONValue.Member] = [
      .init("schema", .integer(ExplanationRecord.schema)), .init("images", .integer(imageCount)),
      .init("failed", .integer(failedCount)), .init("rows", .array(rows.map(describe))),
      .init("paired", .array(pairs.map(describe))),
    ]
    if !rankings.isEmpty {
      members.append(
        .init(
          "ranking",
          .array(
            rankings.map { rows in
              [
                "method": .text(rows.first?.kind.method), "metric": .string("over-all"),
                "layers": .array(rows.map { .string($0.kind.layer) }),
              ]
            })))
    }
    members += [
      .init(
        "metrics",
        .array(
          evaluation.metrics.map { metric in
            [
              "metric": .string(metric.name), "better": .string(metric.direction.rawValue),
              "settings": metric.settings,
            ]
          })),
      .init(
        "bootstrap",
        [
          "repetitions": .integer(bootstrap.repetitions), "level": .number(bootstrap.level),
          "seed": .literal(String(bootstrap.seed)),
        ]),
    ]
    return .object(members + evaluation.facts)
  }

  private func describe(_ row: Row) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("method", .string(row.kind.method)),
      .init("layer", row.kind.layer.isEmpty ? .null : .string(row.kind.layer)),
      .init("metric", .string(row.metric.name)),
      .init("protocol", .string(evaluation.rules?.name ?? Self.noProtocol)),
      .init("mean", .number(row.values.value)), .init("low", .number(row.values.interval?.low)),
      .init("high", .number(row.values.interval?.high)), .init("n", .integer(row.values.count)),
      .init("failed", .integer(row.failed)), .init("degenerate", .integer(row.values.degenerate)),
      .init("skipped", .integer(row.values.skipped)),
    ]
    if let published = row.published {
      members.append(
        .init(
          "published",
          [
            "value": .number(published.value), "of": .string(published.of),
            "source": .string(published.source),
          ]))
    }
    return .object(members)
  }

  private func describe(_ pair: Pair) -> JSONValue {
    [
      "metric": .string(pair.metric.name), "a": .string(name(of: pair.first)),
      "b": .string(name(of: pair.second)), "difference": .number(pair.values.difference),
      "low": .number(pair.values.interval?.low), "high": .number(pair.values.interval?.high),
      "n": .integer(pair.values.count),
    ]
  }

  /// The measurements of a run, by image.
  private struct Table {
    private struct Cell: Hashable {
      let kind: MapKind
      let metric: String
    }

    /// The images that something could not be measured of.
    private(set) var failed: Set<String> = []
    private var cells: [Cell: [String: [Measurement]]] = [:]
    private var sums: [Cell: [(name: String, values: [Double], count: Int)]] = [:]
    private let names: [String]

    init(_ lines: [ArraySlice<UInt8>], _ evaluation: EvaluationJob) {
      names = evaluation.job.inputs.map(\.name)
      for line in lines {
        guard let record = JSONValue(parsing: line), let image = record["image"]?.string else {
          continue
        }
        guard let key = MeasurementKey(record) else {
          failed.insert(image)
          continue
        }
        let cell = Cell(kind: key.kind, metric: key.metric)
        cells[cell, default: [:]][image, default: []].append(Self.measurement(record))
        if record["value"]?.real != nil { add(record["curves"], to: cell) }
      }
    }

    private static func measurement(_ record: JSONValue) -> Measurement {
      var parts: [Measurement.Part] = []
      if case .object(let members)? = record["parts"] {
        parts = members.compactMap { member in member.value.real.map { .init(member.key, $0) } }
      }
      return Measurement(
        record["value"]?.real, isDegenerate: record["degenerate"] == .bool(true), parts: parts)
    }

    private mutating func add(_ curves: JSONValue?, to cell: Cell) {
      guard case .object(let members)? = curves else { return }
      for member in members {
        let values = (member.value.array ?? []).compactMap(\.real)
        let known = sums[cell, default: []].firstIndex { $0.name == member.key }
        guard let known else {
          sums[cell, default: []].append((member.key, values, 1))
          continue
        }
        guard let before = sums[cell]?[known], before.values.count == values.count else { continue }
        sums[cell]?[known] = (
          before.name, zip(before.values, values).map(+), before.count + 1
        )
      }
    }

    /// The measurements of each image, in the order of the inputs.
    func images(_ kind: MapKind, _ metric: MetricRequest) -> [[Measurement]] {
      let known = cells[Cell(kind: kind, metric: metric.name)] ?? [:]
      return names.map { known[$0] ?? [] }
    }

    /// The mean curves.
    func curves(_ kind: MapKind, _ metric: MetricRequest) -> [Measurement.Curve] {
      (sums[Cell(kind: kind, metric: metric.name)] ?? []).map { sum in
        Measurement.Curve(sum.name, sum.values.map { $0 / Double(sum.count) })
      }
    }
  }
}

extension JSONValue {
  /// A number.
  var real: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .literal(let text): Double(text)
    default: nil
    }
  }
}
