import Execution
import Graphs
import ReferenceBackend
import Tensors

/// The reference engine with a note of what is compiled and which weights are replaced.
struct WatchedBackend: Backend {
  /// What happened so far.
  actor Log {
    private(set) var compiled = 0
    /// Those of the network: graphs that have weights.
    private(set) var networks = 0
    private(set) var replaced: [[String]] = []

    func compile(isNetwork: Bool) {
      compiled += 1
      if isNetwork { networks += 1 }
    }
    func replace(_ names: [String]) { replaced.append(names.sorted()) }
  }

  let inner = ReferenceBackend()
  let log = Log()

  var name: String { "watched" }

  func supports(_ node: Node, in graph: Graph) -> Bool { inner.supports(node, in: graph) }

  func upload(_ tensor: HostTensor<Float>) async throws(BackendError) -> any ResidentTensor {
    try await inner.upload(tensor)
  }

  func upload(
    _ weights: [ParameterName: any WeightSource]
  ) async throws(BackendError) -> any ResidentParameters {
    WatchedParameters(inner: try await inner.upload(weights), log: log)
  }

  func compile(
    _ graph: Graph, _ options: CompileOptions
  ) async throws(BackendError) -> any Executable {
    await log.compile(isNetwork: !graph.parameters.isEmpty)
    return WatchedExecutable(inner: try await inner.compile(graph, options))
  }
}

private struct WatchedParameters: ResidentParameters {
  let inner: any ResidentParameters
  let log: WatchedBackend.Log

  func replace(
    _ name: ParameterName, with tensor: any ResidentTensor
  ) async throws(BackendError) {
    try await inner.replace(name, with: tensor)
  }

  func replace(
    _ offsets: [ParameterName: Int], with arena: any ResidentTensor
  ) async throws(BackendError) {
    try await inner.replace(offsets, with: arena)
  }

  func replacing(
    _ weights: [ParameterName: any WeightSource]
  ) async throws(BackendError) -> any ResidentParameters {
    await log.replace(weights.keys.map(\.text))
    return WatchedParameters(inner: try await inner.replacing(weights), log: log)
  }
}

private struct WatchedExecutable: Executable {
  let inner: any Executable

  var steps: [PlanStep] { inner.steps }
  var byteCount: Int { inner.byteCount }

  func run(
    _ inputs: [any ResidentTensor], _ parameters: any ResidentParameters
  ) async throws(BackendError) -> [any ResidentTensor] {
    try await inner.run(inputs, (parameters as? WatchedParameters)?.inner ?? parameters)
  }
}
