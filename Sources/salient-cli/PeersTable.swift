import Jobs
import Salient

extension PeerFigures.Comparison {
  /// The peers beside our own times as a table, and the rows of the file that are not in it.
  var text: String {
    var table = TextTable([
      .left("row"), .left("peer"), .left("version"), .right("ms per image"), .right("ours"),
      .right("peer / ours"),
    ])
    for match in matches {
      table.add([
        match.row, match.peer, match.version ?? "", match.milliseconds.asMilliseconds,
        match.work.milliseconds.asMilliseconds,
        match.ratio.rounded(to: 2) + (match.isBusy ? " busy" : ""),
      ])
    }
    var text = "\n\(file), \(Quantity.count(threads, "thread"))\n"
    if !matches.isEmpty { text += table.text }
    guard !unmatched.isEmpty else { return text }
    var others = TextTable([.left("not matched"), .left("what differs")])
    for other in unmatched { others.add([other.row, other.differences.joined(separator: "; ")]) }
    return text + others.text
  }

  /// The comparison in the document of `--json`.
  var document: JSONValue {
    [
      "file": .string(file), "threads": .integer(threads),
      "rows": .array(matches.map(\.document)),
      "unmatched": .array(
        unmatched.map {
          ["row": .string($0.row), "differences": .array($0.differences.map(JSONValue.string))]
        }),
    ]
  }
}

extension PeerFigures.Match {
  fileprivate var document: JSONValue {
    var method: String?
    if case .method(let name) = work.kind { method = name }
    return [
      "row": .string(row), "method": .text(method), "batch": .integer(work.batch),
      "peer": .string(peer), "version": .text(version),
      "milliseconds_per_image": .number(milliseconds),
      "own_milliseconds_per_image": .number(work.milliseconds), "ratio": .number(ratio),
      "busy": .bool(isBusy),
    ]
  }
}
