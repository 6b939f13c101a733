import Jobs
import Synchronization

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
    let meter = ProgressMeter(total: job.inputs.count, isShown: !isQuiet)
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
    for await event in events {
      meter.clear()
      switch event {
      case .finished(_, let records, let lines):
        if isJSON { Terminal.say(lines.map { $0 + "\n" }.joined()) }
        if !isJSON, !isQuiet {
          for record in records where lineCount < Self.mostLines {
            Terminal.say(line(record))
            lineCount += 1
          }
        }
        meter.add(failed: false)
      case .failed(_, let failure, let line):
        if isJSON { Terminal.say(line + "\n") }
        Terminal.complain(failure.description)
        meter.add(failed: true)
      case .warning(let text): Terminal.complain(text)
      }
      meter.draw()
    }
  }

  /// `cat.npy  group-cam  tabby 281  0.83  salient-out/maps/cat.npy.group-cam.top1.npy`.
  private func line(_ record: ExplanationRecord) -> String {
    let label =
      record.label.map { "\($0.split(separator: ",").first.map(String.init) ?? $0) " } ?? ""
    let target = record.resolved.index.map { "\(label)\($0)" } ?? record.target.text
    let value = record.resolved.probability ?? record.resolved.logit ?? 0
    var parts = [record.input.name, record.method.name, target, Quantity.fixed(value, 2)]
    if record.layer.fileName != nil { parts.insert(record.layer.name, at: 2) }
    if record.isMapKept { parts.append(job.folder.file(record.mapPath)) }
    if let reason = record.reason { parts.append("empty: \(reason)") }
    return parts.joined(separator: "  ").onOneLine + "\n"
  }

  private func summary(_ totals: RunTotals, _ seconds: Double) -> String {
    var parts = ["\(Quantity.grouped(totals.done)) done"]
    if totals.resumed > 0 { parts.append("\(Quantity.grouped(totals.resumed)) done before") }
    parts += [
      "\(Quantity.grouped(totals.failed)) failed",
      "\(Quantity.grouped(totals.empty)) empty \(totals.empty == 1 ? "map" : "maps")",
      Quantity.duration(seconds: seconds), job.folder.file("results.jsonl"),
    ]
    return parts.joined(separator: ", ") + "\n"
  }

  private func rows(_ totals: RunTotals) -> String {
    "rows     capacity \(totals.capacity), \(Quantity.grouped(totals.liveRows)) masked images in "
      + "\(Quantity.count(totals.runs, "run")); \(Quantity.count(totals.forwards, "forward")), "
      + Quantity.count(totals.backwards, "backward")
  }
}

/// A live bar on a terminal, else a plain line every few seconds.
final class ProgressMeter: Sendable {
  private struct State {
    var done = 0
    var failed = 0
    var isDrawn = false
    var lastLine = ContinuousClock.now
  }

  private let total: Int
  private let isShown: Bool
  private let isLive: Bool
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  init(total: Int, isShown: Bool) {
    self.total = total
    self.isShown = isShown && total > 1
    self.isLive = Terminal.canRedraw
  }

  func add(failed: Bool) {
    state.withLock { state in
      state.done += 1
      state.failed += failed ? 1 : 0
    }
  }

  /// Removes the bar, so that lines can be printed.
  func clear() {
    guard state.withLock({ $0.isDrawn }) else { return }
    Terminal.draw("\r\u{1B}[K")
    state.withLock { $0.isDrawn = false }
  }

  /// Draws the bar, or a line where the last one is five seconds old.
  func draw() {
    guard isShown else { return }
    let now = ContinuousClock.now
    let (text, isDue) = state.withLock { state in
      let isDue = isLive || now - state.lastLine > .seconds(5)
      if isDue { state.lastLine = now }
      if isLive { state.isDrawn = true }
      return (line(state, now), isDue)
    }
    guard isDue else { return }
    if isLive {
      Terminal.draw("\r\(text.prefix(Terminal.width - 1))\u{1B}[K")
    } else {
      Terminal.note(text)
    }
  }

  /// Removes the bar for good.
  func end() { clear() }

  private func line(_ state: State, _ now: ContinuousClock.Instant) -> String {
    let (seconds, attoseconds) = (now - start).components
    let elapsed = Double(seconds) + Double(attoseconds) / 1e18
    let rate = elapsed > 0 ? Double(state.done) / elapsed : 0
    let rest = rate > 0 ? Quantity.duration(seconds: Double(total - state.done) / rate) : "?"
    var text = "\(Quantity.grouped(state.done)) of \(Quantity.grouped(total))"
    if isLive {
      let filled = total > 0 ? min(20, 20 * state.done / total) : 0
      let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 20 - filled)
      text = "[\(bar)] \(text)"
    }
    return "\(text), \(Quantity.fixed(rate, 1)) a second, \(rest) left, \(state.failed) failed"
  }
}
