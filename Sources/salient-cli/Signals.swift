import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the program does with the signals of the system.
enum Signals {
  /// Makes closed pipes and file-size limits errors of the write that meets them.
  static func ignoreWriteSignals() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }

  /// Calls back at the first SIGINT or SIGTERM and ends the process at the second.
  ///
  /// The second may follow at once: timeout(1) sends one to the process and one to its group. So it
  /// has a line of its own.
  static func onInterrupt(_ cancel: @escaping @Sendable () -> Void) -> Watch {
    let queue = DispatchQueue(label: "salient.signals")
    let count = Counter()
    let sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        guard count.next() > 1 else { return cancel() }
        Terminal.complain("interrupted")
        _exit(130)
      }
      source.resume()
      return source
    }
    return Watch(sources: sources, queue: queue)
  }

  /// What waits for signals, as long as it lives.
  struct Watch {
    fileprivate let sources: [any DispatchSourceSignal]
    fileprivate let queue: DispatchQueue

    /// Ends the process by a body that says why; it or a second signal, never both.
    func end(by body: () -> Never) -> Never { queue.sync(execute: body) }
  }

  private final class Counter: Sendable {
    private let value = Mutex(0)

    func next() -> Int {
      value.withLock { value in
        value += 1
        return value
      }
    }
  }
}
