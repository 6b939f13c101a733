import Execution
import Graphs
import Tensors

/// An engine that notes how much of what it has is read back.
struct WatchedBackend: BackendWrapper {
  /// The elements of every tensor that was read back.
  actor Log {
    private(set) var elementCounts: [Int] = []
    func add(_ count: Int) { elementCounts.append(count) }
  }

  let base: any Backend
  let log = Log()

  func upload(_ tensor: HostTensor<Float>) async throws(BackendError) -> any ResidentTensor {
    WatchedTensor(base: try await base.upload(tensor), log: log)
  }

  func upload(
    stacking rows: [HostTensor<Float>]
  ) async throws(BackendError) -> any ResidentTensor {
    WatchedTensor(base: try await base.upload(stacking: rows), log: log)
  }

  func compile(
    _ graph: Graph, _ options: CompileOptions
  ) async throws(BackendError) -> any Executable {
    WatchedExecutable(base: try await base.compile(graph, options), log: log)
  }
}

private struct WatchedTensor: ResidentTensor {
  let base: any ResidentTensor
  let log: WatchedBackend.Log

  var shape: Shape { base.shape }

  func download() async throws(BackendError) -> HostTensor<Float> {
    await log.add(shape.elementCount)
    return try await base.download()
  }
}

private struct WatchedExecutable: Executable {
  let base: any Executable
  let log: WatchedBackend.Log

  var steps: [PlanStep] { base.steps }
  var byteCount: Int { base.byteCount }

  func run(
    _ inputs: [any ResidentTensor], _ parameters: any ResidentParameters
  ) async throws(BackendError) -> [any ResidentTensor] {
    let own = inputs.map { ($0 as? WatchedTensor)?.base ?? $0 }
    return try await base.run(own, parameters).map { WatchedTensor(base: $0, log: log) }
  }
}
