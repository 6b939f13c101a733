import Assets
import Evaluation
import Jobs
import Mustache

/// Writes the report of an evaluation: tables with intervals, differences, and curves, on a page that
/// needs nothing beside it.
public struct EvaluationPage: Sendable {
  private let evaluation: EvaluationJob
  private let facts: [RunSummary.Fact]

  /// A page.
  /// - Parameters:
  ///   - evaluation: the run.
  ///   - facts: what the head of the report says of it.
  public init(of evaluation: EvaluationJob, facts: [RunSummary.Fact]) {
    self.evaluation = evaluation
    self.facts = facts
  }

  /// Writes `report.html`.
  /// - Returns: the number of bytes.
  /// - Throws: `Failure` where it cannot be written.
  public func write(_ record: RunRecord, _ summary: EvaluationSummary) throws(Failure) -> Int {
    let bytes = EmbeddedAssets.bytes(of: "report/evaluation.mustache") ?? []
    let template: MustacheTemplate
    do {
      template = try MustacheTemplate(string: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw Failure(.ours, "report.html", "its template is broken: \(error)")
    }
    let text = template.render(values(record, summary))
    try WholeFile.write(text, to: evaluation.job.folder.file("report.html"))
    return text.utf8.count
  }

  private func values(_ record: RunRecord, _ summary: EvaluationSummary) -> [String: Any] {
    let model = record.provenance.modelPath.split(separator: "/").last ?? "report"
    return [
      "title": "Salient: maps of \(model), measured",
      "summary": "\(Quantity.count(summary.imageCount, "image")), "
        + "\(Quantity.grouped(summary.failedCount)) failed, "
        + Quantity.duration(seconds: record.totals.effort.seconds),
      "command": record.command.joined(separator: " "),
      "facts": facts.map { ["name": $0.name, "value": $0.value] },
      "metrics": evaluation.metrics.map { self.values(of: $0, summary) },
      "ranking": summary.rankings.map { rows in
        [
          "method": rows.first?.kind.method ?? "",
          "layers": rows.map(\.kind.layer).joined(separator: ", "),
        ]
      },
    ]
  }

  private func values(
    of metric: MetricRequest, _ summary: EvaluationSummary
  ) -> [String: Any] {
    let rows = summary.rows.filter { $0.metric.name == metric.name }
    let pairs = summary.pairs.filter { $0.metric.name == metric.name }
    var settings = metric.metric.resolvedSettings.map { "\($0.name)=\($0.value)" }
    if let rules = evaluation.rules { settings.insert("protocol \(rules.name)", at: 0) }
    let percent = Quantity.fixed(evaluation.bootstrap.level * 100, 0)
    return [
      "name": metric.name, "better": metric.direction.rawValue,
      "level": "\(percent) % interval",
      "settings": settings.isEmpty ? [] : [settings.joined(separator: ", ")],
      "rows": rows.map { row -> [String: Any] in
        [
          "maps": summary.name(of: row.kind), "value": number(row.values.value),
          "interval": interval(row.values.interval), "n": Quantity.grouped(row.values.count),
          "failed": Quantity.grouped(row.values.failed),
          "degenerate": Quantity.grouped(row.values.degenerate),
          "skipped": Quantity.grouped(row.values.skipped),
          "published": row.published.map { "\(number($0.value)), \($0.of); \($0.source)" } ?? "",
        ]
      },
      "hasPairs": !pairs.isEmpty,
      "pairs": pairs.map { pair -> [String: Any] in
        [
          "a": summary.name(of: pair.first), "b": summary.name(of: pair.second),
          "difference": number(pair.values.difference),
          "interval": interval(pair.values.interval), "n": Quantity.grouped(pair.values.count),
        ]
      },
      "charts": charts(rows, summary),
    ]
  }

  // MARK: - Curves

  /// One drawing for each kind of curve, with a line for each kind of maps.
  private func charts(
    _ rows: [EvaluationSummary.Row], _ summary: EvaluationSummary
  ) -> [[String: Any]] {
    var names: [String] = []
    for row in rows {
      for curve in row.curves where !names.contains(curve.name) { names.append(curve.name) }
    }
    return names.map { name in
      let curves = rows.compactMap { row in
        row.curves.first { $0.name == name }.map { curve in
          ("\(summary.name(of: row.kind)), n = \(Quantity.grouped(curve.count))", curve.values)
        }
      }
      let all = curves.flatMap(\.1)
      let (low, top) = (min(0, all.min() ?? 0), max(all.max() ?? 1, 0))
      // Probabilities that reach the upper half are drawn up to 1, so that drawings can be compared.
      let high = (0.5...1).contains(top) ? 1 : top
      let span = high > low ? high - low : 1
      return [
        "name": name, "last": "\((curves.map(\.1.count).max() ?? 1) - 1)",
        "marks": [
          ["y": "264", "text": number(low)], ["y": "144", "text": number(low + span / 2)],
          ["y": "24", "text": number(low + span)],
        ],
        "curves": curves.enumerated().map { place, curve -> [String: Any] in
          [
            "maps": curve.0, "colour": Self.colours[place % Self.colours.count],
            "dash": Self.dashes[place / Self.colours.count % Self.dashes.count],
            "points": Self.points(curve.1, low, span),
          ]
        },
      ]
    }
  }

  private static func points(_ values: [Double], _ low: Double, _ span: Double) -> String {
    values.enumerated().map { place, value in
      let x = 50 + 410 * Double(place) / Double(max(1, values.count - 1))
      let y = 260 - 240 * (value - low) / span
      return "\(Quantity.fixed(x, 1)),\(Quantity.fixed(y, 1))"
    }.joined(separator: " ")
  }

  /// Okabe and Ito's colours, told apart by most eyes, without black.
  private static let colours = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c8c00",
  ]

  /// How lines are broken once all colours are used.
  private static let dashes = ["none", "7 3", "2 3"]

  private func number(_ value: Double?) -> String {
    value.map { Quantity.fixed($0, 4) } ?? "none"
  }

  private func interval(_ interval: Interval?) -> String {
    interval.map { "\(number($0.low)) to \(number($0.high))" } ?? ""
  }
}
