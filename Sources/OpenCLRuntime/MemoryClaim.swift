/// Bytes that a budget counts and nobody allocates, until the last reference is gone.
package final class MemoryClaim: Sendable {
  private let byteCount: Int
  private let budget: MemoryBudget

  /// Counts bytes.
  /// - Throws: `outOfMemory` where the budget does not allow them.
  package init(byteCount: Int, in budget: MemoryBudget) throws(OpenCLError) {
    try budget.reserve(byteCount: byteCount)
    self.byteCount = byteCount
    self.budget = budget
  }

  deinit { budget.release(byteCount: byteCount) }
}
