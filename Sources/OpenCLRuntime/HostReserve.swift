import Synchronization

/// Blocks of host memory that were given back, for transfers of the same size; on a CPU, for tensors
/// that are put on the device.
///
/// The system clears new memory page by page, which for the batches of a training run took as long as
/// copying them. What is kept is in no budget, so it is little.
package final class HostReserve: Sendable {
  /// The most bytes that are kept.
  package static let mostByteCount = 64 << 20
  /// Smaller ones cost little to make.
  package static let leastByteCount = 64 << 10

  /// In the order in which they were given back.
  private let kept = Mutex<[HostBlock]>([])

  /// An empty reserve.
  package init() {}

  /// The bytes that nobody uses.
  package var byteCount: Int { kept.withLock { Self.byteCount(of: $0) } }

  /// A block, uninitialised, that comes back here behind its last user.
  /// - Throws: `outOfMemory`.
  package func block(byteCount: Int) throws(OpenCLError) -> HostBlock {
    guard byteCount >= Self.leastByteCount else { return try .block(byteCount: byteCount) }
    let taken = kept.withLock { kept in
      kept.lastIndex { $0.handle.count == byteCount }.map { kept.remove(at: $0) }
    }
    let block = if let taken { taken } else { try HostBlock.block(byteCount: byteCount) }
    return HostBlock(block.handle) { _ in self.give(block) }
  }

  private func give(_ block: HostBlock) {
    guard block.handle.count <= Self.mostByteCount else { return }
    kept.withLock { kept in
      kept.append(block)
      while Self.byteCount(of: kept) > Self.mostByteCount { kept.removeFirst() }
    }
  }

  private static func byteCount(of blocks: [HostBlock]) -> Int {
    blocks.reduce(0) { $0 + $1.handle.count }
  }
}
