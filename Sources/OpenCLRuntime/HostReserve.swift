import Synchronization

/// Blocks of host memory that were given back, for transfers of the same size; on a CPU, for tensors
/// that are put on the device.
///
/// The system clears new memory page by page, which for the batches of a training run took as long as
/// copying them. What is kept is in no budget, so it is little.
package final class HostReserve: Sendable {
  /// The most bytes that are kept.
  package static let mostByteCount = 64 << 20
  private let kept = Mutex(KeptMemory<HostBlock>())

  /// An empty reserve.
  package init() {}

  /// The bytes that nobody uses.
  package var byteCount: Int { kept.withLock { $0.byteCount } }

  /// A block, uninitialised, that comes back here behind its last user.
  /// - Throws: `outOfMemory`.
  package func block(byteCount: Int) throws(OpenCLError) -> HostBlock {
    let taken = kept.withLock { $0.take(byteCount: byteCount) }
    let block = if let taken { taken } else { try HostBlock.block(byteCount: byteCount) }
    return HostBlock(block.handle) { _ in self.give(block) }
  }

  private func give(_ block: HostBlock) {
    // A larger one would only let go of all others.
    guard block.handle.count <= Self.mostByteCount else { return }
    kept.withLock { kept in
      kept.give(block, byteCount: block.handle.count)
      kept.trim(to: Self.mostByteCount)
    }
  }
}
