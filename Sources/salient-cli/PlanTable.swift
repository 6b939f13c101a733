import Salient

/// The steps of a plan as a table: what is computed, how, at what cost, and in which buffers.
struct PlanTable {
  private let result: ForwardBenchmark

  init(_ result: ForwardBenchmark) {
    self.result = result
  }

  /// The table, one line a step, and what it adds up to.
  var text: String {
    var table = TextTable([
      .left("step"), .left("output"), .left("algorithm"), .left("tile"), .right("GFLOP"),
      .right("MB"), .right("ms"), .right("GFLOP/s"), .right("GB/s"), .right("roof"),
      .left("buffers"),
    ])
    for step in result.steps { table.add(cells(step)) }
    let megabytes = Double(result.planBytes) / 1e6
    let roof = result.roof.map { "; roof \($0.text)" } ?? ""
    return table.text + "\(megabytes.rounded(to: 0)) MB in the plan's own buffers\(roof)\n"
  }

  private func cells(_ step: ForwardBenchmark.Step) -> [String] {
    let (operations, bytes) = (step.operations, step.plan.byteCount)
    var times = ["", "", "", ""]
    if let time = step.milliseconds, time > 0 {
      let share = result.roof?.share(
        operations: step.executedOperations, bytes: bytes, milliseconds: time)
      times = [
        time.asMilliseconds, (Double(operations) / time / 1e6).rounded(to: 1),
        (Double(bytes) / time / 1e6).rounded(to: 1),
        share.map { "\(($0 * 100).rounded(to: 0)) %" } ?? "",
      ]
    }
    return [
      step.names, step.output.description, step.plan.algorithm, step.plan.tile,
      (Double(operations) / 1e9).rounded(to: 2), (Double(bytes) / 1e6).rounded(to: 1),
    ] + times + [step.plan.buffers]
  }
}
