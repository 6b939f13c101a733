import COpenCL
import Synchronization

/// Memory of buffers that were given back, for those that ask for as much.
///
/// The system hands out new memory page by page as it is first written, which cost the data gradients
/// of ResNet-50 a quarter of their time on a CPU. A queue runs in order, so what earlier commands
/// still use can be taken at once.
///
/// With what is in use, the reserve never holds more than was asked for at once before; where the
/// driver refuses memory, all of it goes.
package final class BufferReserve: Sendable {
  /// What the buffers in use are counted in.
  let budget: MemoryBudget
  private let kept = Mutex(KeptMemory<Owned<cl_mem>>())

  /// An empty reserve beside a budget.
  init(_ budget: MemoryBudget) { self.budget = budget }

  /// The bytes that nobody uses.
  package var byteCount: Int { kept.withLock { $0.byteCount } }

  /// Counts a buffer as used and finds memory for it: that of the last one of exactly this size, or
  /// new.
  /// - Parameters:
  ///   - byteCount: at least 1.
  ///   - make: asks the driver.
  /// - Returns: the memory, uninitialised.
  /// - Throws: `outOfMemory` where the budget does not allow it, or what the driver says twice.
  func memory(
    byteCount: Int, orNew make: () throws(OpenCLError) -> Owned<cl_mem>
  ) throws(OpenCLError) -> Owned<cl_mem> {
    try counted(byteCount: byteCount) { () throws(OpenCLError) in
      if let memory = taken(byteCount: byteCount) { return memory }
      return try withRoom(make)
    }
  }

  /// Counts a buffer as used and makes memory for it that will not be kept.
  func ownMemory(
    byteCount: Int, _ make: () throws(OpenCLError) -> Owned<cl_mem>
  ) throws(OpenCLError) -> Owned<cl_mem> {
    try counted(byteCount: byteCount) { () throws(OpenCLError) in
      kept.withLock { trim(&$0) }
      return try withRoom(make)
    }
  }

  private func counted(
    byteCount: Int, _ make: () throws(OpenCLError) -> Owned<cl_mem>
  ) throws(OpenCLError) -> Owned<cl_mem> {
    try budget.reserve(byteCount: byteCount)
    do throws(OpenCLError) {
      return try make()
    } catch {
      budget.release(byteCount: byteCount)
      throw error
    }
  }

  /// Counts a buffer as no longer used and keeps its memory.
  func give(_ memory: Owned<cl_mem>, byteCount: Int) {
    budget.release(byteCount: byteCount)
    kept.withLock { kept in
      kept.give(memory, byteCount: byteCount)
      trim(&kept)
    }
  }

  /// Does what takes memory of the device; where it is refused, once more without the reserve.
  package func withRoom<Result>(
    _ body: () throws(OpenCLError) -> Result
  ) throws(OpenCLError) -> Result {
    do throws(OpenCLError) {
      return try body()
    } catch .outOfMemory where byteCount > 0 {
      kept.withLock { $0.trim(to: 0) }
      return try body()
    }
  }

  private func taken(byteCount: Int) -> Owned<cl_mem>? {
    kept.withLock { kept in
      let memory = kept.take(byteCount: byteCount)
      trim(&kept)
      return memory
    }
  }

  /// Lets go of the oldest ones until all is as little as it was.
  private func trim(_ kept: inout KeptMemory<Owned<cl_mem>>) {
    kept.trim(to: min(budget.peakByteCount, budget.limitByteCount) - budget.liveByteCount)
  }
}
