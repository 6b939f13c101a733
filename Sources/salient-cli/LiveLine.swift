import Synchronization

/// A line that is drawn anew on a terminal, else printed every few seconds.
final class LiveLine: Sendable {
  private struct State {
    var isDrawn = false
    var lastPrint = ContinuousClock.now
  }

  /// Whether it can be drawn anew.
  let isLive = Terminal.canRedraw
  private let isShown: Bool
  private let state = Mutex(State())

  init(isShown: Bool) {
    self.isShown = isShown
  }

  /// Draws the line; or prints it, where it is worth a line of its own and the last is five seconds
  /// old.
  func draw(_ text: String, isTelling: Bool = true) {
    guard isShown else { return }
    guard !isLive else {
      state.withLock { $0.isDrawn = true }
      Terminal.draw("\r\(text.prefix(Terminal.width - 1))\u{1B}[K")
      return
    }
    let now = ContinuousClock.now
    let isDue = state.withLock { state in
      let isDue = isTelling && now - state.lastPrint > .seconds(5)
      if isDue { state.lastPrint = now }
      return isDue
    }
    if isDue { Terminal.note(text) }
  }

  /// Removes what is drawn, so that lines can be printed.
  func clear() {
    guard state.withLock({ $0.isDrawn }) else { return }
    Terminal.draw("\r\u{1B}[K")
    state.withLock { $0.isDrawn = false }
  }

  /// `[####................]`.
  static func bar(_ done: Int, of total: Int) -> String {
    let filled = total > 0 ? min(20, 20 * done / total) : 0
    return "[" + String(repeating: "#", count: filled)
      + String(repeating: ".", count: 20 - filled) + "]"
  }
}
