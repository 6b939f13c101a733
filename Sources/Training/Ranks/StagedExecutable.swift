import Execution
import Graphs
import Jobs
import Tensors

/// A graph with sums over ranks in it, ready to run.
struct StagedExecutable: Sendable {
  private let pieces: [any Executable]
  private let stages: [StagedGraph.Stage]
  private let whole: Graph
  private let lastUses: [Value: Int]
  private let backend: any Backend

  /// Compiles a graph piece by piece.
  /// - Throws: `BackendError` where a piece does not fit the device.
  init(
    _ graph: StagedGraph, capacity: Int, on backend: any Backend
  ) async throws(BackendError) {
    var pieces: [any Executable] = []
    for stage in graph.stages {
      pieces.append(try await backend.compile(stage.graph, CompileOptions(capacity: capacity)))
    }
    self.pieces = pieces
    stages = graph.stages
    whole = graph.graph
    lastUses = graph.lastUses
    self.backend = backend
  }

  /// The bytes of device memory that the pieces take, without what goes from one to another.
  var byteCount: Int { pieces.reduce(0) { $0 + $1.byteCount } }

  /// The outputs of the graph.
  /// - Throws: `TrainingError` where the device fails or another rank cannot go on.
  func run(
    _ inputs: [any ResidentTensor], _ parameters: any ResidentParameters, with ranks: Ranks
  ) async throws(TrainingError) -> [any ResidentTensor] {
    var values = Dictionary(uniqueKeysWithValues: zip(whole.inputs, inputs))
    for (place, stage) in stages.enumerated() {
      let known = stage.inputs.compactMap { values[$0] }
      let made = try await engine { () async throws(BackendError) in
        try await pieces[place].run(known, parameters)
      }
      values.merge(zip(stage.outputs, made)) { $1 }
      let vectors = stage.sums.compactMap { values[$0.vector] }
      for (value, tensor) in zip(stage.sums, try await sums(of: vectors, ranks)) {
        values[value.sum] = tensor
      }
      for value in stage.inputs + stage.sums.map(\.vector) where isDone(value, behind: place) {
        values[value] = nil
      }
    }
    return whole.outputs.compactMap { values[$0] }
  }

  /// What a rank without rows does: it adds zeros to every sum of the others.
  /// - Throws: `TrainingError` where another rank cannot go on.
  func addNothing(with ranks: Ranks) async throws(TrainingError) {
    for stage in stages where !stage.sums.isEmpty {
      let count = stage.sums.reduce(0) { $0 + whole[$1.vector].shape.elementCount }
      _ = try await sharing { () async throws(Failure) in
        try await ranks.sum([Float](repeating: 0, count: count))
      }
    }
  }

  private func isDone(_ value: Value, behind place: Int) -> Bool {
    lastUses[value, default: -1] <= place && !whole.outputs.contains(value)
  }

  /// Vectors of this rank with those of the others added, in one exchange.
  private func sums(
    of vectors: [any ResidentTensor], _ ranks: Ranks
  ) async throws(TrainingError) -> [any ResidentTensor] {
    guard !vectors.isEmpty else { return [] }
    var elements: [Float] = []
    for vector in vectors {
      elements += try await engine { () async throws(BackendError) in
        try await vector.download()
      }.elements
    }
    let own = elements
    let sum = try await sharing { () async throws(Failure) in try await ranks.sum(own) }
    var (tensors, end) = ([any ResidentTensor](), 0)
    for vector in vectors {
      let count = vector.shape.elementCount
      let part = HostTensor(vector.shape, Array(sum[end..<end + count]))
      tensors.append(
        try await engine { () async throws(BackendError) in try await backend.upload(part) })
      end += count
    }
    return tensors
  }
}

/// Runs a body and turns the failure of another rank into that of training.
func sharing<Result>(
  _ body: () async throws(Failure) -> Result
) async throws(TrainingError) -> Result {
  do { return try await body() } catch { throw .rank(error) }
}
