import Execution
import Graphs
import Operators
import ReferenceBackend
import Tensors
import Testing

@Suite("The reference")
struct ReferenceBackendTests {
  private let backend = ReferenceBackend()

  /// y = ReLU(x · w) with x [N, 2] and w [3, 2].
  private func layer() throws -> Graph {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 2])
    let y = try builder.add(Linear(), [x, builder.parameter("w", [3, 2])])
    return try builder.finish(outputs: [builder.add(ReLU(), [y])])
  }

  private func weights(_ shape: Shape = [3, 2]) async throws -> any ResidentParameters {
    try await backend.upload(["w": HostWeights(HostTensor(shape) { Float($0) - 2 })])
  }

  private func run(
    _ graph: Graph, _ inputs: [HostTensor<Float>], capacity: Int = 4,
    weights parameters: (any ResidentParameters)? = nil
  ) async throws -> [any ResidentTensor] {
    let executable = try await backend.compile(graph, CompileOptions(capacity: capacity))
    var resident: [any ResidentTensor] = []
    for tensor in inputs { resident.append(try await backend.upload(tensor)) }
    let own = try await weights()
    return try await executable.run(resident, parameters ?? own)
  }

  @Test("computes a graph")
  func computes() async throws {
    let outputs = try await run(layer(), [HostTensor([2, 2], [1, 2, -1, 0])])
    #expect(outputs[0].shape == [2, 3])
    #expect(try await outputs[0].download().elements == [0, 2, 8, 2, 0, 0])
  }

  @Test("keeps double precision between executables")
  func keepsDoubles() async throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 1])
    let third = try builder.add(Divide(), [x, builder.constant(3)])
    let first = try builder.finish(outputs: [third])
    let outputs = try await run(first, [HostTensor([1, 1], [1])])
    let exact = try #require(outputs[0] as? ReferenceTensor)
    #expect(exact.values[0] == 1.0 / 3)
    #expect(try await outputs[0].download()[0] == Float(1.0 / 3))
    let executable = try await backend.compile(first, CompileOptions(capacity: 1))
    let again = try await executable.run(outputs, weights())
    #expect((again[0] as? ReferenceTensor)?.values[0] == 1.0 / 3 / 3)
  }

  @Test("names what does not fit")
  func mismatches() async throws {
    let graph = try layer()
    await #expect(throws: BackendError.mismatch("0 inputs for a graph of 1")) {
      try await run(graph, [])
    }
    await #expect(throws: BackendError.mismatch("x: 2x3 where rows of 2 are expected")) {
      try await run(graph, [HostTensor([2, 3], filledWith: 0)])
    }
    await #expect(throws: BackendError.mismatch("x: 2 where rows of 2 are expected")) {
      try await run(graph, [HostTensor([2], filledWith: 0)])
    }
    await #expect(throws: BackendError.mismatch("x: 0x2 where rows of 2 are expected")) {
      try await run(graph, [HostTensor([0, 2], filledWith: 0)])
    }
    await #expect(throws: BackendError.mismatch("5 rows in a graph compiled for 4")) {
      try await run(graph, [HostTensor([5, 2], filledWith: 0)])
    }
    await #expect(throws: BackendError.mismatch("a capacity of 0 rows")) {
      try await backend.compile(graph, CompileOptions(capacity: 0))
    }
  }

  @Test("wants inputs of one axis to agree, and fixed shapes to be exact")
  func axesAgree() async throws {
    var builder = GraphBuilder()
    let a = builder.input("a", [1, 2])
    let b = builder.input("b", [1, 2])
    let fixed = builder.input("fixed", [3], rows: nil)
    let sum = try builder.add(Add(), [a, b])
    let graph = try builder.finish(outputs: [sum, fixed])
    let (two, three) = (
      HostTensor<Float>([2, 2], filledWith: 1), HostTensor<Float>([3], filledWith: 1)
    )
    await #expect(throws: BackendError.mismatch("b: 1 rows where another input has 2")) {
      try await run(graph, [two, two.rows(0..<1), three])
    }
    await #expect(throws: BackendError.mismatch("fixed: 2x2 where 3 is expected")) {
      try await run(graph, [two, two, two])
    }
    #expect(try await run(graph, [two, two, three]).count == 2)
  }

  @Test("lets inputs of other axes exceed the capacity, but nothing it computes")
  func capacityIsOfComputedValues() async throws {
    var builder = GraphBuilder()
    let table = builder.input("table", [1, 2], rows: .images)
    let index = builder.input("index", [1, 1])
    let entry = try builder.add(Gather(), [table, index])
    let all = try builder.add(ReLU(), [table])
    let (many, one) = (HostTensor<Float>([9, 2]) { Float($0) }, HostTensor<Float>([1, 1], [8]))
    let graph = try builder.finish(outputs: [entry])
    let outputs = try await run(graph, [many, one], capacity: 1)
    #expect(try await outputs[0].download().elements == [16, 17])
    await #expect(throws: BackendError.mismatch("9 images in a graph compiled for 1")) {
      try await run(graph.with(outputs: [entry, all]), [many, one], capacity: 1)
    }
  }

  @Test("says which weight is missing, wrong or unreadable")
  func weightErrors() async throws {
    let (graph, x) = (try layer(), HostTensor<Float>([1, 2], [1, 2]))
    await #expect(throws: BackendError.weights("there is no weight w")) {
      try await run(graph, [x], weights: backend.upload([:]))
    }
    await #expect(throws: BackendError.weights("w is 2x2, but the network needs 3x2")) {
      try await run(graph, [x], weights: weights([2, 2]))
    }
    await #expect(throws: BackendError.weights("w: the file ends early")) {
      try await run(graph, [x], weights: backend.upload(["w": Truncated()]))
    }
  }

  @Test("takes a weight's replacement at the next run")
  func replacement() async throws {
    let (graph, x) = (try layer(), HostTensor<Float>([1, 2], [1, 2]))
    let parameters = try await weights()
    try await parameters.replace("w", with: ReferenceTensor(HostTensor([3, 2], filledWith: 0.1)))
    let outputs = try await run(graph, [x], weights: parameters)
    let values = try #require((outputs[0] as? ReferenceTensor)?.values.elements)
    #expect(values == [0.1 + 0.1 * 2, 0.1 + 0.1 * 2, 0.1 + 0.1 * 2])
    await #expect(throws: BackendError.weights("there is no weight v")) {
      try await parameters.replace("v", with: ReferenceTensor(HostTensor([1], [0.0])))
    }
    await #expect(throws: BackendError.mismatch("w: 1 in place of 3x2")) {
      try await parameters.replace("w", with: ReferenceTensor(HostTensor([1], [0.0])))
    }
  }

  @Test("refuses tensors of another engine")
  func foreignTensors() async throws {
    let executable = try await backend.compile(layer(), CompileOptions(capacity: 1))
    await #expect(throws: BackendError.mismatch("a tensor or weights of another engine")) {
      try await executable.run([Foreign()], weights())
    }
  }

  @Test("stops between nodes when its task is cancelled")
  func cancellation() async throws {
    let graph = try layer()
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await run(graph, [HostTensor([1, 2], [1, 2])])
    }
    task.cancel()
    await #expect(throws: BackendError.cancelled) { try await task.value }
  }

  @Test("has one step for each node that the outputs need, and counts what is alive at once")
  func stepsAndBytes() async throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 10])
    let a = try builder.add(ReLU(), [x])
    _ = try builder.add(Sigmoid(), [x])
    let b = try builder.add(SiLU(), [a])
    let graph = try builder.finish(outputs: [builder.add(HardSwish(), [b])])
    let executable = try await backend.compile(graph, CompileOptions(capacity: 3))
    #expect(
      executable.steps.map(\.kernel) == [
        "reference:relu", "reference:silu", "reference:hard_swish",
      ])
    #expect(Set(executable.steps.map(\.algorithm)) == ["reference"])
    // Two tensors of 3 rows of 10 doubles at a time.
    #expect(executable.byteCount == 2 * 3 * 10 * 8)
    #expect(backend.name == "reference")
    #expect(graph.nodes.allSatisfy { backend.supports($0, in: graph) })
  }
}

/// A tensor of no engine.
private struct Foreign: ResidentTensor {
  let shape: Shape = [1, 2]

  func download() async throws(BackendError) -> HostTensor<Float> {
    throw .device("nowhere")
  }
}

/// A weight whose bytes are missing.
private struct Truncated: WeightSource {
  let shape: Shape = [3, 2]

  func decode(
    _ range: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(WeightError) {
    throw WeightError("the file ends early")
  }
}
