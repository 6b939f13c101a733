import Execution
import Graphs
import Tensors

/// An engine that counts how often somebody waits for it, and has no room for some batches.
struct CountingBackend: Backend {
  let base: any Backend
  let waits = Counter()
  let batches = Counter()
  /// Whether there is no room for a batch, by the number of batches that were asked for.
  var refuses: @Sendable (Int) -> Bool = { _ in false }

  var name: String { base.name }

  func supports(_ node: Node, in graph: Graph) -> Bool { base.supports(node, in: graph) }

  func upload(_ tensor: HostTensor<Float>) async throws(BackendError) -> any ResidentTensor {
    try await base.upload(tensor)
  }

  func upload(
    stacking rows: [HostTensor<Float>]
  ) async throws(BackendError) -> any ResidentTensor {
    guard !refuses(batches.next()) else { throw .outOfMemory("a batch") }
    return try await base.upload(stacking: rows)
  }

  func upload(
    _ weights: [ParameterName: any WeightSource]
  ) async throws(BackendError) -> any ResidentParameters {
    try await base.upload(weights)
  }

  func compile(
    _ graph: Graph, _ options: CompileOptions
  ) async throws(BackendError) -> any Executable {
    try await base.compile(graph, options)
  }

  func finish() async throws(BackendError) {
    _ = waits.next()
    try await base.finish()
  }
}
