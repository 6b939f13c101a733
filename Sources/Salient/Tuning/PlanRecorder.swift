import Execution
import Graphs

/// An engine that remembers what it was asked to compile, and computes as the one behind it.
struct PlanRecorder: BackendWrapper {
  /// The graphs and their rows, in the order in which they were compiled.
  actor Record {
    private(set) var plans: [(graph: Graph, options: CompileOptions)] = []

    func add(_ graph: Graph, _ options: CompileOptions) { plans.append((graph, options)) }
  }

  let base: any Backend
  let record = Record()

  func compile(
    _ graph: Graph, _ options: CompileOptions
  ) async throws(BackendError) -> any Executable {
    let executable = try await base.compile(graph, options)
    await record.add(graph, options)
    return executable
  }
}
