import Jobs
import Synchronization

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
