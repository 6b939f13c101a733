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
        + Quantity.duration(seconds: record.totals.effort.seconds)
        + (summary.smallSampleNote.map { "; \($0)" } ?? ""),
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
          LineChart.Curve(
            "\(summary.name(of: row.kind)), n = \(Quantity.grouped(curve.count))", curve.values)
        }
      }
      return LineChart(name, curves, axis: "step", from: 0).values
    }
  }

  private func number(_ value: Double?) -> String {
    value.map { Quantity.fixed($0, 4) } ?? "none"
  }

  private func interval(_ interval: Interval?) -> String {
    interval.map { "\(number($0.low)) to \(number($0.high))" } ?? ""
  }
}
