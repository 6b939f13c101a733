import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Blocks of host memory that were given back, for transfers of the same size.
///
/// The system clears new memory page by page, which for the batches of a training run took as long as
/// copying them.
package final class HostReserve: Sendable {
  /// The most bytes that are kept.
  package static let mostByteCount = 32 << 20
  /// Smaller ones cost little to make.
  package static let leastByteCount = 64 << 10

  /// In the order in which they were given back.
  private let kept = Mutex<[Kept]>([])

  /// A block that nobody uses.
  // Reason for `@unchecked`: whoever holds it is the only one who knows the memory.
  private struct Kept: @unchecked Sendable {
    let memory: UnsafeMutableRawBufferPointer
  }

  /// An empty reserve.
  package init() {}

  /// The bytes that nobody uses.
  package var byteCount: Int { kept.withLock { Self.byteCount(of: $0) } }

  deinit { kept.withLock { $0.forEach { free($0.memory.baseAddress) } } }

  /// A block, uninitialised, that comes back here behind its last user.
  /// - Throws: `outOfMemory`.
  package func block(byteCount: Int) throws(OpenCLError) -> HostBlock {
    guard byteCount >= Self.leastByteCount else { return try .block(byteCount: byteCount) }
    let taken = kept.withLock { kept in
      kept.lastIndex { $0.memory.count == byteCount }.map { kept.remove(at: $0) }
    }
    let memory =
      if let taken { taken.memory } else { try HostBlock.memory(byteCount: byteCount) }
    return HostBlock(memory) { self.give($0) }
  }

  private func give(_ memory: UnsafeMutableRawBufferPointer) {
    let memory = Kept(memory: memory)
    let dropped = kept.withLock { kept in
      kept.append(memory)
      var dropped: [Kept] = []
      while Self.byteCount(of: kept) > Self.mostByteCount {
        dropped.append(kept.removeFirst())
      }
      return dropped
    }
    for block in dropped { free(block.memory.baseAddress) }
  }

  private static func byteCount(of kept: [Kept]) -> Int {
    kept.reduce(0) { $0 + $1.memory.count }
  }
}
