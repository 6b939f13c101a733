import Jobs
import Synchronization

/// A live bar on a terminal, else a plain line every few seconds.
final class ProgressMeter: Sendable {
  private struct State {
    /// Images of this run.
    var done = 0
    /// Images of an earlier run.
    var kept = 0
    var rate: ProgressRate
    var failed = 0
  }

  private let total: Int
  private let line: LiveLine
  private let start = ContinuousClock.now
  private let state: Mutex<State>

  init(total: Int, batchSize: Int, isShown: Bool) {
    self.total = total
    state = Mutex(State(rate: ProgressRate(total: total, batchSize: batchSize)))
    line = LiveLine(isShown: isShown && total > 1)
  }

  func add(failed: Bool) {
    let time = ContinuousClock.now - start
    state.withLock { state in
      state.done += 1
      state.rate.add(at: time)
      state.failed += failed ? 1 : 0
    }
  }

  /// Counts an image that an earlier run had finished: it says nothing of the rate.
  func addKept() {
    state.withLock { $0.kept += 1 }
  }

  /// The images that are dealt with, by an earlier run too.
  var doneCount: Int { state.withLock { $0.done + $0.kept } }

  /// Removes the bar, so that lines can be printed.
  func clear() { line.clear() }

  /// Draws the bar, or a line where the last one is five seconds old.
  func draw() {
    let (text, isTelling) = state.withLock { (self.text($0), $0.rate.value != nil) }
    // A line that stands alone is worth reading only where it tells how long the rest takes.
    line.draw(text, isTelling: isTelling)
  }

  /// Removes the bar for good.
  func end() { clear() }

  private func text(_ state: State) -> String {
    let done = state.done + state.kept
    var text = "\(Quantity.grouped(done)) of \(Quantity.grouped(total))"
    if line.isLive { text = "\(LiveLine.bar(done, of: total)) \(text)" }
    if let rate = state.rate.value {
      let rest = Quantity.duration(seconds: Double(max(0, total - done)) / rate)
      text += ", \(Quantity.fixed(rate, 1)) a second, \(rest) left"
    }
    return "\(text), \(state.failed) failed"
  }
}
