import Execution
import Graphs
import OpenCLRuntime
import Tensors

/// Goes through what a backend would do, counts the device memory that it would take at once, and
/// computes nothing.
///
/// Plans are those of the backend, and memory is taken and given back at the same moments, so the
/// count is that of the run itself as far as the run does not depend on values: every value that is
/// read back is 1.
package struct RehearsalBackend: Backend {
  private let backend: OpenCLBackend
  private let budget: MemoryBudget

  /// A rehearsal of a backend, whose plans are made.
  /// - Parameters:
  ///   - backend: the backend.
  ///   - memory: the most bytes that there are; nil for no limit.
  package init(_ backend: OpenCLBackend, memory: Int? = nil) {
    self.backend = backend
    budget = MemoryBudget(limitByteCount: memory ?? .max)
  }

  /// The name of the device.
  package var name: String { backend.name }

  /// The most bytes that would have been taken at once so far.
  package var peakByteCount: Int? { budget.peakByteCount }

  /// Whether the backend can compute the node.
  package func supports(_ node: Node, in graph: Graph) -> Bool {
    backend.supports(node, in: graph)
  }

  /// Counts a tensor.
  package func upload(
    _ tensor: HostTensor<Float>
  ) async throws(BackendError) -> any ResidentTensor {
    try makeTensor(tensor.shape, .canonical(for: tensor.shape))
  }

  /// Counts a batch.
  package func upload(
    stacking rows: [HostTensor<Float>]
  ) async throws(BackendError) -> any ResidentTensor {
    let shape = Shape([rows.count] + (rows.first?.shape.extents ?? []))
    return try makeTensor(shape, .canonical(for: shape))
  }

  /// Weights that are counted when a plan first asks for them, and never read.
  package func upload(
    _ weights: [ParameterName: any WeightSource]
  ) async throws(BackendError) -> any ResidentParameters {
    RehearsedParameters(Set(weights.keys), on: self)
  }

  /// Plans a graph and counts its memory; no kernel is built.
  package func compile(
    _ graph: Graph, _ options: CompileOptions
  ) async throws(BackendError) -> any Executable {
    try RehearsedExecutable(backend.plan(graph, options), on: self)
  }

  /// Counts the buffer of a tensor.
  func makeTensor(_ shape: Shape, _ layout: Layout) throws(BackendError) -> RehearsedTensor {
    let floats = layout.floatCount(of: shape, capacity: shape.extents.first ?? 1)
    return RehearsedTensor(shape: shape, claim: try claim(floats: floats))
  }

  /// Counts a buffer of so many floats.
  func claim(floats: Int) throws(BackendError) -> MemoryClaim {
    let byteCount = max(floats, 1) * 4
    return try translating { () throws(OpenCLError) in
      try Buffer.check(byteCount: byteCount, backend.queue.device)
      return try MemoryClaim(byteCount: byteCount, in: budget)
    }
  }
}

/// A tensor of which the shape and the memory are known, and not the values.
struct RehearsedTensor: ResidentTensor {
  /// Its true shape.
  let shape: Shape
  /// Its memory; nil where it lies with the weights.
  let claim: MemoryClaim?

  /// Ones: every mask is live, and nothing is empty or not finite.
  func download() async throws(BackendError) -> HostTensor<Float> {
    HostTensor(shape, filledWith: 1)
  }
}
