import Execution
import Graphs
import Jobs
import Tensors
import Testing
import Training

@Suite("How long maps take")
struct PaceTests {
  /// An engine that counts how often somebody waits for it.
  private struct PatientBackend: Backend {
    let base: any Backend
    let waits = Counter()

    var name: String { base.name }

    func supports(_ node: Node, in graph: Graph) -> Bool { base.supports(node, in: graph) }

    func upload(_ tensor: HostTensor<Float>) async throws(BackendError) -> any ResidentTensor {
      try await base.upload(tensor)
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

  @Test("the clock of maps stops when they are done, not when they are asked for")
  func mapsAreWaitedFor() async throws {
    let folders = try RunFolders()
    let backend = PatientBackend(base: try await Engines.openCL.value)
    let plain = folders.path("plain")
    _ = try await SmallRun(folders.pictures, to: plain, on: backend).train()
    // Nothing waits where there are no maps.
    #expect(backend.waits.next() == 1)
    _ = try await SmallRun(
      folders.pictures, to: folders.path("maps"), on: backend, SmallRun.everything
    ).train()
    // Six steps, and the count above.
    #expect(backend.waits.next() == 8)
  }
}
