import Execution
import OpenCLRuntime
import Synchronization

/// Memory for checks: filled with NaN, between two bands that no kernel may touch.
package final class GuardBands: Sendable {
  private let queue: DeviceQueue
  private let buffers = Mutex<[(whole: Buffer, floats: Int)]>([])

  /// A NaN that no computation makes.
  private static let pattern: UInt32 = 0x7fc5_a1ed

  init(queue: DeviceQueue) {
    self.queue = queue
  }

  /// The floats of a band: a multiple of every alignment seen.
  private static let bandFloats = 1024

  /// A buffer for so many floats.
  func makeBuffer(floats: Int) async throws(OpenCLError) -> Buffer {
    let band = Self.bandFloats
    let whole = try queue.makeBuffer(byteCount: (floats + 2 * band) * 4)
    try await queue.perform { queue throws(OpenCLError) in
      try queue.fill(whole, with: Self.pattern)
    }
    buffers.withLock { $0.append((whole, floats)) }
    return try whole.region(offset: band * 4, byteCount: max(floats, 1) * 4)
  }

  /// Fills all tensors with NaN again, so that a run cannot pass on what the last one left.
  func poison() async throws(OpenCLError) {
    let ranges = buffers.withLock { $0 }
    try await queue.perform { queue throws(OpenCLError) in
      for (whole, floats) in ranges where floats > 0 {
        let start = Self.bandFloats * 4
        try queue.fill(whole, with: Self.pattern, in: start..<start + floats * 4)
      }
    }
  }

  /// The number of floats outside of all tensors that were overwritten.
  package func violations() async throws(BackendError) -> Int {
    var count = 0
    for (whole, floats) in buffers.withLock({ $0 }) {
      do throws(OpenCLError) {
        let words = try await queue.read(UInt32.self, from: whole)
        let bands = words[..<Self.bandFloats] + words[(Self.bandFloats + floats)...]
        count += bands.count { $0 != Self.pattern }
      } catch {
        throw BackendError(error)
      }
    }
    return count
  }
}

extension DeviceQueue {
  /// A buffer for so many floats, between guard bands where there are such.
  nonisolated func makeBuffer(floats: Int, _ guards: GuardBands?) async throws(OpenCLError)
    -> Buffer
  {
    guard let guards else { return try makeBuffer(byteCount: max(floats, 1) * 4) }
    return try await guards.makeBuffer(floats: floats)
  }
}
