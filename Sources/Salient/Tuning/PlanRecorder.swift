import Execution
import Graphs
import OpenCLBackend
import Tensors

/// An engine that remembers what it was asked to compile, and computes as the one behind it.
struct PlanRecorder: Backend {
  /// The graphs and their rows, in the order in which they were compiled.
  actor Record {
    private(set) var plans: [(graph: Graph, options: CompileOptions)] = []

    func add(_ graph: Graph, _ options: CompileOptions) { plans.append((graph, options)) }
  }

  let engine: OpenCLBackend
  let record = Record()

  var name: String { engine.name }

  func supports(_ node: Node, in graph: Graph) -> Bool { engine.supports(node, in: graph) }

  func upload(_ tensor: HostTensor<Float>) async throws(BackendError) -> any ResidentTensor {
    try await engine.upload(tensor)
  }

  func upload(
    stacking rows: [HostTensor<Float>]
  ) async throws(BackendError) -> any ResidentTensor {
    try await engine.upload(stacking: rows)
  }

  func upload(
    _ weights: [ParameterName: any WeightSource]
  ) async throws(BackendError) -> any ResidentParameters {
    try await engine.upload(weights)
  }

  func compile(
    _ graph: Graph, _ options: CompileOptions
  ) async throws(BackendError) -> any Executable {
    let executable = try await engine.compile(graph, options)
    await record.add(graph, options)
    return executable
  }
}
