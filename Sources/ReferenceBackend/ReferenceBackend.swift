import Execution
import Graphs
import Tensors

/// The truth: every node by its definition, in double precision, one after the other.
///
/// It is never optimised. Its tensors keep their double values between executables; only `download`
/// rounds, once.
public struct ReferenceBackend: Backend {
  /// The engine; it holds no state.
  public init() {}

  /// `reference`.
  public var name: String { "reference" }

  /// Every node: an operator without a definition cannot be written.
  public func supports(_ node: Node, in graph: Graph) -> Bool { true }

  /// Keeps a copy, in double precision.
  public func upload(
    _ tensor: HostTensor<Float>
  ) async throws(BackendError) -> any ResidentTensor {
    ReferenceTensor(tensor.converted())
  }

  /// Keeps the sources; a weight is decoded each time a graph needs it.
  public func upload(
    _ weights: [ParameterName: any WeightSource]
  ) async throws(BackendError) -> any ResidentParameters {
    ReferenceParameters(weights)
  }

  /// Keeps the graph.
  public func compile(
    _ graph: Graph, _ options: CompileOptions
  ) async throws(BackendError) -> any Executable {
    guard options.capacity >= 1 else {
      throw .mismatch("a capacity of \(options.capacity) rows")
    }
    return ReferenceExecutable(graph: graph, capacity: options.capacity)
  }
}
