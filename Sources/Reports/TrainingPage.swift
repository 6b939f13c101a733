import Assets
import Jobs
import Mustache

/// Writes the report of a training run: curves over its epochs and a table, on a page that needs
/// nothing beside it.
public struct TrainingPage: Sendable {
  private let folder: OutputFolder
  private let facts: [RunSummary.Fact]

  /// A page.
  /// - Parameters:
  ///   - folder: where the records of the epochs are, and the page goes.
  ///   - facts: what the head of the report says of the run.
  public init(in folder: OutputFolder, facts: [RunSummary.Fact]) {
    self.folder = folder
    self.facts = facts
  }

  /// Writes `report.html` from the records that are there.
  /// - Throws: `Failure` where they cannot be read, or it cannot be written.
  public func write(_ record: RunRecord) throws(Failure) {
    let bytes = EmbeddedAssets.bytes(of: "report/training.mustache") ?? []
    let template: MustacheTemplate
    do {
      template = try MustacheTemplate(string: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw Failure(.ours, "report.html", "its template is broken: \(error)")
    }
    let epochs = try folder.recordLines().compactMap { JSONValue(parsing: $0) }
    try WholeFile.write(template.render(values(record, epochs)), to: folder.file("report.html"))
  }

  private func values(_ record: RunRecord, _ epochs: [JSONValue]) -> [String: Any] {
    let model = record.provenance.modelPath.split(separator: "/").last ?? "network"
    let best = epochs.last { $0["best"]?.flag == true }
    let hasProbe = epochs.contains { $0["map_change"]?.number != nil }
    return [
      "title": "Salient: \(model), trained",
      "summary": "\(Quantity.count(epochs.count, "epoch")), best validation accuracy "
        + "\(Self.number(best, "validation_accuracy", 4)) in epoch "
        + Self.number(best, "epoch", 0),
      "command": record.command.joined(separator: " "),
      "facts": facts.map { ["name": $0.name, "value": $0.value] },
      "charts": Self.charts(epochs, hasProbe: hasProbe).map(\.values), "hasProbe": hasProbe,
      "epochs": epochs.map { Self.row($0, hasProbe: hasProbe) },
    ]
  }

  private static func charts(_ epochs: [JSONValue], hasProbe: Bool) -> [LineChart] {
    let chart = { (name: String, keys: [(label: String, key: String)]) in
      let curves = keys.map { label, key in
        LineChart.Curve(label, epochs.map { $0[key]?.number })
      }
      return LineChart(name, curves, axis: "epoch", from: 1)
    }
    let charts = [
      chart("loss", [("training", "loss"), ("validation", "validation_loss")]),
      chart("accuracy", [("training", "accuracy"), ("validation", "validation_accuracy")]),
      chart("learning rate", [("rate of the last step", "rate")]),
    ]
    let change = chart("maps moved since the epoch before", [("mean distance", "map_change")])
    return hasProbe ? charts + [change] : charts
  }

  private static func row(_ epoch: JSONValue, hasProbe: Bool) -> [String: Any] {
    let share = epoch["map_share"]?.number.map { "\(Quantity.fixed($0 * 100, 0)) %" }
    return [
      "epoch": number(epoch, "epoch", 0), "rate": epoch["rate"]?.description ?? "",
      "loss": number(epoch, "loss", 4), "accuracy": number(epoch, "accuracy", 4),
      "validation_loss": number(epoch, "validation_loss", 4),
      "validation_accuracy": number(epoch, "validation_accuracy", 4),
      "best": epoch["best"]?.flag == true ? "the best so far" : "", "hasProbe": hasProbe,
      "map_change": number(epoch, "map_change", 4), "unreadable": number(epoch, "unreadable", 0),
      "images_per_second": number(epoch, "images_per_second", 1), "map_share": share ?? "",
    ]
  }

  private static func number(_ record: JSONValue?, _ key: String, _ digits: Int) -> String {
    record?[key]?.number.map { Quantity.fixed($0, digits) } ?? ""
  }
}
