import Salient

/// The steps of a plan as a table: what is computed, how, at what cost, and in which buffers.
struct PlanTable {
  private let result: ForwardBenchmark

  init(_ result: ForwardBenchmark) {
    self.result = result
  }

  /// The table, one line a step.
  var text: String {
    let header = [
      "step", "output", "algorithm", "tile", "GFLOP", "MB", "ms", "GFLOP/s", "GB/s", "buffers",
    ]
    let rows = [header] + result.steps.map(cells)
    let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      zip(row, widths).enumerated().map { column, cell in
        let blank = String(repeating: " ", count: cell.1 - cell.0.count)
        return (4...8).contains(column) ? blank + cell.0 : cell.0 + blank
      }.joined(separator: "  ")
    }
    let megabytes = result.planBytes / 1_000_000
    return lines.joined(separator: "\n") + "\n\(megabytes) MB in the plan's own buffers\n"
  }

  private func cells(_ step: ForwardBenchmark.Step) -> [String] {
    let operations = Double(step.operations) / 1e9
    let bytes = Double(step.plan.byteCount) / 1e6
    var times = ["", "", ""]
    if let time = step.milliseconds, time > 0 {
      times = [Self.tenths(time), Self.tenths(operations / time * 1e3), Self.tenths(bytes / time)]
    }
    return [
      step.names, step.output.description, step.plan.algorithm, step.plan.tile,
      Self.hundredths(operations), Self.tenths(bytes),
    ] + times + [step.plan.buffers]
  }

  private static func tenths(_ number: Double) -> String {
    let rounded = Int((number * 10).rounded())
    return "\(rounded / 10).\(rounded % 10)"
  }

  private static func hundredths(_ number: Double) -> String {
    let rounded = Int((number * 100).rounded())
    return "\(rounded / 100).\(rounded % 100 / 10)\(rounded % 10)"
  }
}
