import Synchronization

/// Counts the bytes of a queue's buffers and refuses more than a limit.
///
/// Drivers cannot be asked: PoCL creates buffers beyond the machine's memory and the system kills
/// the process later; GPUs allocate lazily and fail in the middle of a run.
public final class MemoryBudget: Sendable {
  private struct State {
    var live = 0
    var peak = 0
    var limit: Int
  }

  private let state: Mutex<State>

  /// A budget of which nothing is taken.
  package init(limitByteCount: Int) { state = Mutex(State(limit: limitByteCount)) }

  /// The bytes of all buffers that exist.
  public var liveByteCount: Int { state.withLock { $0.live } }

  /// The highest number of live bytes so far.
  public var peakByteCount: Int { state.withLock { $0.peak } }

  /// The most bytes that may be live.
  ///
  /// Lowering it refuses new buffers and frees none.
  public var limitByteCount: Int {
    get { state.withLock { $0.limit } }
    set { state.withLock { $0.limit = newValue } }
  }

  /// The bytes that can still be reserved.
  public var freeByteCount: Int { state.withLock { max(0, $0.limit - $0.live) } }

  /// Starts counting the peak anew, from the bytes that are live now.
  public func resetPeak() { state.withLock { $0.peak = $0.live } }

  func reserve(byteCount: Int) throws(OpenCLError) {
    let refusal: Shortage? = state.withLock { state in
      guard byteCount <= state.limit - state.live else {
        return .budget(liveByteCount: state.live, limitByteCount: state.limit)
      }
      state.live += byteCount
      state.peak = max(state.peak, state.live)
      return nil
    }
    if let refusal { throw .outOfMemory(byteCount: byteCount, refusal) }
  }

  func release(byteCount: Int) { state.withLock { $0.live -= byteCount } }
}

extension MemoryBudget {
  /// Returns the default limit of a device: 90 % of its memory, on a CPU at most what is free.
  ///
  /// - Parameter device: the device to hold the buffers.
  /// - Returns: bytes.
  public static func defaultLimit(for device: Device) -> Int {
    let most = device.globalMemoryBytes / 10 * 9
    guard device.kind == .cpu, let free = HostMemory.availableByteCount() else { return most }
    return min(most, free)
  }
}
