import Execution
import Graphs
import ReferenceBackend
import Tensors

/// The reference with a device's weaknesses: it refuses plans above a number of rows, or runs.
struct LimitedBackend: BackendWrapper {
  let base: any Backend = ReferenceBackend()
  /// The most rows that a plan of the network may be compiled for.
  var compileRows = Int.max
  /// The most rows that a run of the network may take.
  var runRows = Int.max
  let log = Log()

  /// What was compiled and run for the network: graphs that have weights.
  actor Log {
    var capacities: [Int] = []
    var refusedRuns = 0
    func note(capacity: Int) { capacities.append(capacity) }
    func noteRefusedRun() { refusedRuns += 1 }
  }

  func compile(
    _ graph: Graph, _ options: CompileOptions
  ) async throws(BackendError) -> any Executable {
    let executable = try await base.compile(graph, options)
    if graph.parameters.isEmpty { return executable }
    if options.capacity > compileRows { throw .outOfMemory("\(options.capacity) rows") }
    await log.note(capacity: options.capacity)
    return LimitedExecutable(
      inner: executable, isRefused: options.capacity > runRows, log: log)
  }
}

private struct LimitedExecutable: Executable {
  let inner: any Executable
  let isRefused: Bool
  let log: LimitedBackend.Log

  var steps: [PlanStep] { inner.steps }
  var byteCount: Int { inner.byteCount }

  func run(
    _ inputs: [any ResidentTensor], _ parameters: any ResidentParameters
  ) async throws(BackendError) -> [any ResidentTensor] {
    if isRefused {
      await log.noteRefusedRun()
      throw .outOfMemory("arena")
    }
    return try await inner.run(inputs, parameters)
  }
}
