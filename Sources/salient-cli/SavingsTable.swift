import Jobs
import Salient

extension SavingsBenchmark {
  /// What each saving is worth, as a table.
  var text: String {
    var table = TextTable([
      .left("saving"), .left("with / without it"), .right("launches"), .right("MiB"), .right("ms"),
      .right("ratio"),
    ])
    for row in rows {
      let (with, without) = (row.with, row.without)
      table.add([
        row.name, row.what, "\(with.launchCount) / \(without.launchCount)",
        "\(Self.mebibytes(with.byteCount)) / \(Self.mebibytes(without.byteCount))",
        "\(with.milliseconds.asMilliseconds) / \(without.milliseconds.asMilliseconds)",
        (without.milliseconds / with.milliseconds).rounded(to: 2),
      ])
    }
    return "\n\(batch) images, \(masks) masks each\n" + table.text
  }

  private static func mebibytes(_ bytes: Int) -> String {
    (Double(bytes) / 1_048_576).rounded(to: 1)
  }
}

extension SavingsBenchmark.Row {
  /// The row in the document of `--json`.
  var document: JSONValue {
    [
      "name": .string(name), "what": .string(what), "with": with.document,
      "without": without.document,
    ]
  }
}

extension SavingsBenchmark.Cost {
  fileprivate var document: JSONValue {
    [
      "launches": .integer(launchCount), "bytes": .integer(byteCount),
      "milliseconds": .number(milliseconds),
    ]
  }
}
