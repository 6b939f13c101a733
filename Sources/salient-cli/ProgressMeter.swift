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
    var isDrawn = false
    var lastLine = ContinuousClock.now
  }

  private let total: Int
  private let isShown: Bool
  private let isLive: Bool
  private let start = ContinuousClock.now
  private let state: Mutex<State>

  init(total: Int, batchSize: Int, isShown: Bool) {
    self.total = total
    state = Mutex(State(rate: ProgressRate(total: total, batchSize: batchSize)))
    self.isShown = isShown && total > 1
    self.isLive = Terminal.canRedraw
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
      // A line that stands alone is worth reading only where it tells how long the rest takes.
      let isDue = isLive || state.rate.value != nil && now - state.lastLine > .seconds(5)
      if isDue { state.lastLine = now }
      if isLive { state.isDrawn = true }
      return (line(state), isDue)
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

  private func line(_ state: State) -> String {
    let done = state.done + state.kept
    var text = "\(Quantity.grouped(done)) of \(Quantity.grouped(total))"
    if isLive {
      let filled = total > 0 ? min(20, 20 * done / total) : 0
      let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 20 - filled)
      text = "[\(bar)] \(text)"
    }
    if let rate = state.rate.value {
      let rest = Quantity.duration(seconds: Double(max(0, total - done)) / rate)
      text += ", \(Quantity.fixed(rate, 1)) a second, \(rest) left"
    }
    return "\(text), \(state.failed) failed"
  }
}
