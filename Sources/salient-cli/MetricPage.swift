import Evaluation
import Jobs
import Saliency

/// What `salient methods NAME` says of a metric.
struct MetricPage {
  let metric: any Metric.Type

  /// The page as text.
  var text: String {
    let citation = metric.citation
    var text = "\(metric.name), a metric of salient evaluate\n\n\(citation.paper)\n\nEquations\n"
    text += citation.equations.map { "  \($0)\n" }.joined()
    if !citation.deviations.isEmpty {
      text += "\nWhere papers and codes differ\n"
      text += citation.deviations.map { "  \($0)\n" }.joined()
    }
    text += "\nNeeds\n  \(needs)\n\nBetter\n  \(metric.direction.rawValue)\n\nSettings\n"
    if metric.settings.isEmpty { text += "  none\n" }
    let heads = metric.settings.map { "\(metric.family).\($0.name)=\($0.defaultValue)" }
    let width = heads.map(\.count).max() ?? 0
    for (setting, head) in zip(metric.settings, heads) {
      let blank = String(repeating: " ", count: width - head.count)
      text += "  \(head)\(blank)  \(setting.summary) (\(setting.domain.description))\n"
    }
    return text + "\nExample\n" + example.map { "  \($0)\n" }.joined()
  }

  /// The same as a document.
  var json: JSONValue {
    let citation = metric.citation
    return [
      "name": .string(metric.name), "family": .string(metric.family),
      "paper": .string(citation.paper),
      "equations": .array(citation.equations.map(JSONValue.string)),
      "deviations": .array(citation.deviations.map(JSONValue.string)),
      "better": .string(metric.direction.rawValue), "needs": .string(needs),
      "settings": .array(
        metric.settings.map { setting in
          [
            "name": .string(setting.name), "default": .string(setting.defaultValue),
            "values": .string(setting.domain.description), "summary": .string(setting.summary),
          ]
        }),
      "example": .array(example.map(JSONValue.string)),
    ]
  }

  private var needs: String {
    let parts: [(MetricNeeds, String)] = [
      (.network, "the network"), (.method, "the method, to run it again"),
      (.regions, "boxes or masks"),
    ]
    let found = parts.filter { metric.needs.contains($0.0) }.map(\.1)
    return (["finished maps"] + found).joined(separator: ", ")
  }

  /// Commands that run as they stand.
  private var example: [String] {
    [
      "salient scenes -o pictures --count 4 --seed 1",
      "salient evaluate pictures --model scenes --metric \(metric.name) -o measured",
    ]
  }
}
