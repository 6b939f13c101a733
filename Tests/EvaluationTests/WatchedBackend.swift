import Execution
import Graphs
import ReferenceBackend
import Tensors

/// The reference engine with a note of what is compiled, which weights are replaced and what is read
/// back.
struct WatchedBackend: BackendWrapper {
  /// What happened so far.
  actor Log {
    private(set) var compiled = 0
    /// Those of the network: graphs that have weights.
    private(set) var networks = 0
    private(set) var replaced: [[String]] = []
    /// The elements of each tensor that was read back.
    private(set) var downloads: [Int] = []

    func compile(isNetwork: Bool) {
      compiled += 1
      if isNetwork { networks += 1 }
    }
    func replace(_ names: [String]) { replaced.append(names.sorted()) }
    func download(_ count: Int) { downloads.append(count) }
  }

  let base: any Backend = ReferenceBackend()
  let log = Log()

  func upload(_ tensor: HostTensor<Float>) async throws(BackendError) -> any ResidentTensor {
    WatchedTensor(inner: try await base.upload(tensor), log: log)
  }

  func upload(
    stacking rows: [HostTensor<Float>]
  ) async throws(BackendError) -> any ResidentTensor {
    WatchedTensor(inner: try await base.upload(stacking: rows), log: log)
  }

  func upload(
    _ weights: [ParameterName: any WeightSource]
  ) async throws(BackendError) -> any ResidentParameters {
    WatchedParameters(inner: try await base.upload(weights), log: log)
  }

  func compile(
    _ graph: Graph, _ options: CompileOptions
  ) async throws(BackendError) -> any Executable {
    await log.compile(isNetwork: !graph.parameters.isEmpty)
    return WatchedExecutable(inner: try await base.compile(graph, options), log: log)
  }
}

private struct WatchedTensor: ResidentTensor {
  let inner: any ResidentTensor
  let log: WatchedBackend.Log

  var shape: Shape { inner.shape }

  /// What is behind a tensor of this engine.
  static func behind(_ tensor: any ResidentTensor) -> any ResidentTensor {
    (tensor as? WatchedTensor)?.inner ?? tensor
  }

  func download() async throws(BackendError) -> HostTensor<Float> {
    await log.download(shape.elementCount)
    return try await inner.download()
  }
}

private struct WatchedParameters: ResidentParameters {
  let inner: any ResidentParameters
  let log: WatchedBackend.Log

  func replace(
    _ name: ParameterName, with tensor: any ResidentTensor
  ) async throws(BackendError) {
    try await inner.replace(name, with: WatchedTensor.behind(tensor))
  }

  func replace(
    _ offsets: [ParameterName: Int], with arena: any ResidentTensor
  ) async throws(BackendError) {
    try await inner.replace(offsets, with: WatchedTensor.behind(arena))
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
  let log: WatchedBackend.Log

  var steps: [PlanStep] { inner.steps }
  var byteCount: Int { inner.byteCount }

  func run(
    _ inputs: [any ResidentTensor], _ parameters: any ResidentParameters
  ) async throws(BackendError) -> [any ResidentTensor] {
    let own = (parameters as? WatchedParameters)?.inner ?? parameters
    return try await inner.run(inputs.map(WatchedTensor.behind), own).map {
      WatchedTensor(inner: $0, log: log)
    }
  }
}
