import Evaluation
import Jobs

/// Renders the events of an evaluation: progress, failures, and the table.
struct EvaluationReport {
  let evaluation: EvaluationJob
  let isQuiet: Bool
  let isJSON: Bool
  let isVerbose: Bool

  /// Runs an evaluation and prints what it tells.
  /// - Returns: the exit code.
  func render(_ record: RunRecord) async throws(Failure) -> Int32 {
    let (events, feed) = AsyncStream.makeStream(of: EvaluationEvent.self)
    let job = evaluation.job
    let meter = ProgressMeter(
      total: job.inputs.count, batchSize: job.batchSize, isShown: !isQuiet)
    let printer = Task { await render(events, meter) }
    let result: Result<(totals: RunTotals, summary: EvaluationSummary), Failure>
    do throws(Failure) {
      result = .success(try await evaluation.run(record) { feed.yield($0) })
    } catch {
      result = .failure(error)
    }
    feed.finish()
    await printer.value
    meter.end()
    if case .failure(let failure) = result, failure.kind == .interrupted {
      throw Failure(
        .interrupted, "",
        "interrupted after \(Quantity.grouped(meter.doneCount)) of "
          + "\(Quantity.count(job.inputs.count, "image"))",
        try: "the same command with --resume goes on")
    }
    let (totals, summary) = try result.get()
    if !isQuiet, !isJSON {
      Terminal.say(table(summary))
      let notes = summary.smallSampleNote.map { ["note: \($0)"] } ?? []
      for line in pairs(summary) + rankings(summary) + notes { Terminal.say(line + "\n") }
      Terminal.say(line(totals))
    }
    guard totals.failed > 0 else { return 0 }
    let isAllUnusable = totals.done + totals.resumed == 0 && totals.unusable == totals.failed
    return Int32(isAllUnusable ? Failure.Kind.missing.rawValue : 2)
  }

  private func render(_ events: AsyncStream<EvaluationEvent>, _ meter: ProgressMeter) async {
    for await event in events {
      meter.clear()
      switch event {
      case .measured(_, let failures, let lines):
        if isJSON { Terminal.say(lines.map { $0 + "\n" }.joined()) }
        for failure in failures { Terminal.complain(failure.description) }
        meter.add(failed: !failures.isEmpty)
      case .kept(_, let lines):
        if isJSON { Terminal.say(lines.map { $0 + "\n" }.joined()) }
        meter.addKept()
      }
      meter.draw()
    }
  }

  private func table(_ summary: EvaluationSummary) -> String {
    let percent = Quantity.fixed(evaluation.bootstrap.level * 100, 0)
    let isPublished = summary.rows.contains { $0.published != nil }
    var table = TextTable(
      [
        .left("metric"), .left("maps"), .right("value"), .right("\(percent) % interval"),
        .right("n"), .right("failed"), .right("degenerate"), .right("passed over"),
        .left("better"),
      ] + (isPublished ? [.left("published, on another data set")] : []))
    for row in summary.rows {
      let published = row.published.map { "\(number($0.value))  \($0.of)" } ?? ""
      table.add(
        [
          row.metric.name, summary.name(of: row.kind), number(row.values.value),
          interval(row.values.interval), Quantity.grouped(row.values.count),
          Quantity.grouped(row.values.failed), Quantity.grouped(row.values.degenerate),
          Quantity.grouped(row.values.skipped), row.metric.direction.rawValue,
        ] + (isPublished ? [published] : []))
    }
    return table.text
  }

  /// The differences from the first kind of maps; all are in the summary.
  private func pairs(_ summary: EvaluationSummary) -> [String] {
    guard let first = evaluation.kinds.first else { return [] }
    let shown = summary.pairs.filter { $0.first == first }
    guard !shown.isEmpty else { return [] }
    var table = TextTable([
      .left("metric"), .left("difference"), .right("value"), .right("interval"), .left("zero"),
      .right("n"),
    ])
    for pair in shown {
      table.add([
        pair.metric.name, "\(summary.name(of: pair.first)) - \(summary.name(of: pair.second))",
        number(pair.values.difference), interval(pair.values.interval),
        pair.values.interval.map { $0.excludesZero ? "outside" : "inside" } ?? "",
        Quantity.grouped(pair.values.count),
      ])
    }
    return ["", String(table.text.dropLast())]
  }

  private func rankings(_ summary: EvaluationSummary) -> [String] {
    summary.rankings.map { rows in
      let list = rows.map { "\($0.kind.layer) \(number($0.values.value))" }
      return "layers of \(rows.first?.kind.method ?? "") by over-all: "
        + list.joined(separator: ", ")
    }
  }

  private func line(_ totals: RunTotals) -> String {
    var parts = ["\(Quantity.grouped(totals.done)) done"]
    if totals.resumed > 0 { parts.append("\(Quantity.grouped(totals.resumed)) done before") }
    parts += [
      "\(Quantity.grouped(totals.failed)) failed",
      Quantity.duration(seconds: totals.effort.seconds),
      evaluation.job.folder.file("report.html"),
    ]
    return parts.joined(separator: ", ") + "\n"
  }

  private func number(_ value: Double?) -> String {
    value.map { Quantity.fixed($0, 4) } ?? "none"
  }

  private func interval(_ interval: Interval?) -> String {
    interval.map { "\(number($0.low)) to \(number($0.high))" } ?? ""
  }
}
