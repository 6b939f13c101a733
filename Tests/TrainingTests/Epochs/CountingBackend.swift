import Execution
import Tensors

/// An engine that counts how often somebody waits for it, and has no room for some batches.
struct CountingBackend: BackendWrapper {
  let base: any Backend
  let waits = Counter()
  let batches = Counter()
  /// Whether there is no room for a batch, by the number of batches that were asked for.
  var refuses: @Sendable (Int) -> Bool = { _ in false }

  func upload(
    stacking rows: [HostTensor<Float>]
  ) async throws(BackendError) -> any ResidentTensor {
    guard !refuses(batches.next()) else { throw .outOfMemory("a batch") }
    return try await base.upload(stacking: rows)
  }

  func finish() async throws(BackendError) {
    _ = waits.next()
    try await base.finish()
  }
}
