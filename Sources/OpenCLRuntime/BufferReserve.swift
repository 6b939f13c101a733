import COpenCL
import Synchronization

/// Memory of buffers that were given back, for those that ask for as much.
///
/// The system hands out new memory page by page as it is first written, which cost the data gradients
/// of ResNet-50 a quarter of their time on a CPU. A queue runs in order, so what earlier commands
/// still use can be taken at once.
///
/// With what is in use, the reserve never holds more than was in use at once before.
package final class BufferReserve: Sendable {
  private struct Kept {
    let memory: Owned<cl_mem>
    let byteCount: Int
  }

  /// Smaller ones cost little to make.
  package static let leastByteCount = 64 << 10

  /// What the buffers in use are counted in.
  let budget: MemoryBudget
  /// In the order in which they were given back.
  private let kept = Mutex<[Kept]>([])

  /// An empty reserve beside a budget.
  init(_ budget: MemoryBudget) { self.budget = budget }

  /// The bytes that nobody uses.
  package var byteCount: Int { kept.withLock { Self.byteCount(of: $0) } }

  /// Counts a buffer as used and finds memory for it.
  /// - Returns: the memory of the last buffer of exactly this size; nil where none is left.
  /// - Throws: `outOfMemory` where the budget does not allow it.
  func take(byteCount: Int) throws(OpenCLError) -> Owned<cl_mem>? {
    try budget.reserve(byteCount: byteCount)
    return kept.withLock { kept in
      let place = kept.lastIndex { $0.byteCount == byteCount }
      let memory = place.map { kept.remove(at: $0).memory }
      trim(&kept)
      return memory
    }
  }

  /// Counts a buffer as no longer used; memory that nobody got is nil.
  func give(_ memory: Owned<cl_mem>?, byteCount: Int) {
    budget.release(byteCount: byteCount)
    guard let memory, byteCount >= Self.leastByteCount else { return }
    kept.withLock { kept in
      kept.append(Kept(memory: memory, byteCount: byteCount))
      trim(&kept)
    }
  }

  /// Lets go of the oldest ones until all is as little as it was.
  private func trim(_ kept: inout [Kept]) {
    let most = min(budget.peakByteCount, budget.limitByteCount) - budget.liveByteCount
    var excess = Self.byteCount(of: kept) - most
    while excess > 0, !kept.isEmpty { excess -= kept.removeFirst().byteCount }
  }

  private static func byteCount(of kept: [Kept]) -> Int { kept.reduce(0) { $0 + $1.byteCount } }
}
