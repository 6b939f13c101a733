import Graphs
import Tensors

/// An engine that stands before another: what it does not do itself, that one does.
public protocol BackendWrapper: Backend {
  /// The engine behind it.
  var base: any Backend { get }
}

extension BackendWrapper {
  /// The name of the engine behind.
  public var name: String { base.name }

  /// That of the engine behind.
  public var peakByteCount: Int? { base.peakByteCount }

  /// Whether the engine behind can compute the node.
  public func supports(_ node: Node, in graph: Graph) -> Bool { base.supports(node, in: graph) }

  /// Passes a tensor on.
  public func upload(
    _ tensor: HostTensor<Float>
  ) async throws(BackendError) -> any ResidentTensor {
    try await base.upload(tensor)
  }

  /// Passes a batch on.
  public func upload(
    stacking rows: [HostTensor<Float>]
  ) async throws(BackendError) -> any ResidentTensor {
    try await base.upload(stacking: rows)
  }

  /// Passes weights on.
  public func upload(
    _ weights: [ParameterName: any WeightSource]
  ) async throws(BackendError) -> any ResidentParameters {
    try await base.upload(weights)
  }

  /// Passes a graph on.
  public func compile(
    _ graph: Graph, _ options: CompileOptions
  ) async throws(BackendError) -> any Executable {
    try await base.compile(graph, options)
  }

  /// Waits for the engine behind.
  public func finish() async throws(BackendError) { try await base.finish() }
}
