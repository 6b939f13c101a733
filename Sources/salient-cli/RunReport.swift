import Jobs
import Saliency

/// Renders the events of a job: result lines, progress, failures, and the summary.
struct RunReport {
  let job: Job
  let isQuiet: Bool
  let isJSON: Bool
  let isVerbose: Bool

  /// The most result lines on the standard output.
  private static let mostLines = 20

  /// Runs a job and prints what it tells.
  /// - Returns: the exit code.
  func render(_ plan: ExplainPlan) async throws(Failure) -> Int32 {
    let (events, feed) = AsyncStream.makeStream(of: JobEvent.self)
    let meter = ProgressMeter(
      total: job.inputs.count, batchSize: job.batchSize, isShown: !isQuiet)
    let printer = Task { await render(events, meter) }
    let start = ContinuousClock.now
    let result: Result<RunTotals, Failure>
    do throws(Failure) {
      result = .success(try await job.run(plan.record) { feed.yield($0) })
    } catch {
      result = .failure(error)
    }
    feed.finish()
    await printer.value
    meter.end()
    let totals = try result.get()
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    if !isQuiet, !isJSON {
      Terminal.say(summary(totals, Double(seconds) + Double(attoseconds) / 1e18))
    }
    if isVerbose { Terminal.note(rows(totals)) }
    guard totals.failed > 0 else { return 0 }
    let isAllUnusable = totals.done + totals.resumed == 0 && totals.unusable == totals.failed
    return Int32(isAllUnusable ? Failure.Kind.missing.rawValue : 2)
  }

  private func render(_ events: AsyncStream<JobEvent>, _ meter: ProgressMeter) async {
    var lineCount = 0
    var moreCount = 0
    for await event in events {
      meter.clear()
      switch event {
      case .explained(_, let records, let failure, let lines):
        if isJSON { Terminal.say(lines.map { $0 + "\n" }.joined()) }
        if !isJSON, !isQuiet {
          let shown = records.prefix(Self.mostLines - lineCount)
          for record in shown { Terminal.say(line(record)) }
          lineCount += shown.count
          moreCount += records.count - shown.count
        }
        if let failure { Terminal.complain(failure.description) }
        meter.add(failed: failure != nil)
      case .kept(let input, let lines):
        if isJSON { Terminal.say(lines.map { $0 + "\n" }.joined()) }
        if input != nil { meter.addKept() }
      case .warning(let text): Terminal.complain(text)
      }
      meter.draw()
    }
    guard moreCount > 0 else { return }
    meter.clear()
    Terminal.note("\(Quantity.grouped(moreCount)) more in \(job.folder.file("results.jsonl"))")
  }

  /// `cat.jpg  group-cam  tabby 281  0.83  salient-out/overlays/cat.jpg.group-cam.top1.jpg`.
  ///
  /// A number that is no score of a class says what it is.
  private func line(_ record: ExplanationRecord) -> String {
    let label =
      record.label.map { "\($0.split(separator: ",").first.map(String.init) ?? $0) " } ?? ""
    let target = record.resolved.index.map { "\(label)\($0)" } ?? record.target.text
    let value = record.resolved.probability ?? record.resolved.logit ?? 0
    let kind = record.target.valueName.map { "\($0) " } ?? ""
    var parts = [record.input.name, record.method.name, target, kind + Quantity.fixed(value, 2)]
    if record.layer.fileName != nil { parts.insert(record.layer.name, at: 2) }
    if let path = record.overlayPath ?? record.mapPath { parts.append(job.folder.file(path)) }
    if let reason = record.reason { parts.append("empty: \(reason)") }
    return parts.joined(separator: "  ").onOneLine + "\n"
  }

  private func summary(_ totals: RunTotals, _ seconds: Double) -> String {
    var parts = ["\(Quantity.grouped(totals.done)) done"]
    if totals.resumed > 0 { parts.append("\(Quantity.grouped(totals.resumed)) done before") }
    parts += [
      "\(Quantity.grouped(totals.failed)) failed",
      "\(Quantity.grouped(totals.empty)) empty \(totals.empty == 1 ? "map" : "maps")",
      Quantity.duration(seconds: seconds),
      job.folder.file(closingName(totals)),
    ]
    return parts.joined(separator: ", ") + "\n"
  }

  /// The file that shows the run; a sheet needs a map.
  private func closingName(_ totals: RunTotals) -> String {
    if job.keeps.contains(.report) { return "report.html" }
    let hasMaps = totals.records + totals.resumed > 0
    return job.keeps.contains(.sheet) && hasMaps ? "sheet.png" : "results.jsonl"
  }

  private func rows(_ totals: RunTotals) -> String {
    "rows     capacity \(totals.capacity), \(Quantity.grouped(totals.liveRows)) masked images in "
      + "\(Quantity.count(totals.runs, "run")); "
      + Quantity.count(
        Passes(forwards: totals.forwards, tails: totals.tails, backwards: totals.backwards))
  }
}
