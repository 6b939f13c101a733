import Synchronization

/// The end of an enqueued command, which any number of tasks can await.
final class Completion: Sendable {
  private enum State {
    case pending([CheckedContinuation<OpenCLError?, Never>])
    case ended(OpenCLError?)
  }

  private let state = Mutex(State.pending([]))

  /// Suspends until the command has ended, and throws why it failed.
  func wait() async throws(OpenCLError) {
    let error = await withCheckedContinuation { continuation in
      let ended: OpenCLError?? = state.withLock { state in
        switch state {
        case .pending(let waiting):
          state = .pending(waiting + [continuation])
          return nil
        case .ended(let error):
          return .some(error)
        }
      }
      if let ended { continuation.resume(returning: ended) }
    }
    if let error { throw error }
  }

  func end(with error: OpenCLError?) {
    let waiting: [CheckedContinuation<OpenCLError?, Never>] = state.withLock { state in
      guard case .pending(let waiting) = state else { return [] }
      state = .ended(error)
      return waiting
    }
    for continuation in waiting { continuation.resume(returning: error) }
  }
}
