import Graphs
import Tensors

/// An engine that stands before another: what it does not do itself, that one does.
package protocol BackendWrapper: Backend {
  /// The engine behind it.
  var base: any Backend { get }
}

extension BackendWrapper {
  /// The name of the engine behind.
  package var name: String { base.name }

  /// That of the engine behind.
  package var peakByteCount: Int? { base.peakByteCount }

  /// Whether the engine behind can compute the node.
  package func supports(_ node: Node, in graph: Graph) -> Bool { base.supports(node, in: graph) }

  /// Passes a tensor on.
  package func upload(
    _ tensor: HostTensor<Float>
  ) async throws(BackendError) -> any ResidentTensor {
    try await base.upload(tensor)
  }

  /// Passes a batch on.
  package func upload(
    stacking rows: [HostTensor<Float>]
  ) async throws(BackendError) -> any ResidentTensor {
    try await base.upload(stacking: rows)
  }

  /// Passes weights on.
  package func upload(
    _ weights: [ParameterName: any WeightSource]
  ) async throws(BackendError) -> any ResidentParameters {
    try await base.upload(weights)
  }

  /// Passes a graph on.
  package func compile(
    _ graph: Graph, _ options: CompileOptions
  ) async throws(BackendError) -> any Executable {
    try await base.compile(graph, options)
  }

  /// Waits for the engine behind.
  package func finish() async throws(BackendError) { try await base.finish() }
}
