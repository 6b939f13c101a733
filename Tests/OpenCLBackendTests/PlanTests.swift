import Execution
import Graphs
import OpenCLBackend
import Operators
import ReferenceBackend
import Tensors
import Testing

@Suite("A plan computes what its graph says")
struct PlanTests {
  @Test("a residual block equals the reference, and the block is fused")
  func residualBlockEqualsReference() async throws {
    let backend = try await Fixture.backend.value
    let block = try ResidualBlock()
    let images = Fixture.noise([5, 3, 19, 17], seed: 7)
    let found = try await Fixture.run(
      block.graph, [images], block.weights, capacity: 8, on: backend)
    let expected = try await Fixture.run(
      block.graph, [images], block.weights, capacity: 8, on: ReferenceBackend())
    let metrics = ErrorMetrics(found: found[0], expected: expected[0])
    #expect(metrics.count == 5 * 20 * 10 * 9)
    #expect(metrics.normalised < 2e-6)
    let executable = try await backend.compile(block.graph, CompileOptions(capacity: 8))
    #expect(executable.steps.count { !$0.nodes.isEmpty } == 3)
  }

  @Test("a row has the same bits alone, in a batch and at any capacity")
  func rowsHaveEqualBits() async throws {
    let backend = try await Fixture.backend.value
    let block = try ResidualBlock()
    let images = Fixture.noise([5, 3, 19, 17], seed: 7)
    let together = try await Fixture.run(
      block.graph, [images], block.weights, capacity: 5, on: backend)[0]
    for capacity in [1, 7] {
      for row in 0..<5 {
        let alone = try await Fixture.run(
          block.graph, [images.rows(row..<row + 1)], block.weights, capacity: capacity,
          on: backend)[0]
        #expect(alone.hasSameBits(as: together.rows(row..<row + 1)))
      }
    }
  }

  @Test("what 32 bits cannot index is refused where the plan is made")
  func wideIndicesAreRefused() async throws {
    let backend = try await Fixture.backend.value
    let block = try ResidualBlock()
    // 20 channels of 10 x 9 are two blocks of 16: 2880 floats a row.
    let rows = 1 << 31 / 2880 + 1
    let error = #expect(throws: BackendError.self) {
      try backend.tuningTasks(block.graph, CompileOptions(capacity: rows))
    }
    guard case .outOfMemory(let what) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(what.contains("\(rows) rows") && what.contains("2^31"))
  }

  @Test(
    "weights that 32 bits cannot index once packed are refused by their shape",
    arguments: [[(1 << 16) - 1, 1 << 15], [1, 1 << 28]] as [Shape])
  func wideWeightsAreRefused(shape: Shape) async throws {
    let backend = try await Fixture.backend.value
    var builder = GraphBuilder()
    let x = builder.input("x", [1, shape[1]])
    let y = try builder.add(Linear(), [x, builder.parameter("w", shape)])
    let graph = try builder.finish(outputs: [y])
    let refusal = BackendError.unsupported(
      node: "weights of \(shape), which exceed 2^31 floats")
    await #expect(throws: refusal) {
      try await backend.compile(graph, CompileOptions(capacity: 1))
    }
  }

  @Test("the backward pass of a residual block: its gates and its sum are part of the gradients")
  func backwardPassIsFused() async throws {
    let backend = try await Fixture.backend.value
    let block = try ResidualBlock()
    let scored = try block.graph.extended { builder throws(GraphError) in
      let axes = [1, 2, 3]
      return [
        try builder.add(ReduceSum(axes: axes, keepsAxes: false), [block.graph.outputs[0]])
      ]
    }
    let joint = try scored.backward(from: scored.outputs[0], to: [block.graph.inputs[0]])
    let images = Fixture.noise([5, 3, 19, 17], seed: 7)
    let found = try await Fixture.run(joint, [images], block.weights, capacity: 8, on: backend)
    let expected = try await Fixture.run(
      joint, [images], block.weights, capacity: 8, on: ReferenceBackend())
    let metrics = ErrorMetrics(found: found[1], expected: expected[1])
    #expect(metrics.count == images.elements.count)
    #expect(metrics.normalised < 4e-6)
    let steps = try await backend.compile(joint, CompileOptions(capacity: 8)).steps
    let gated = steps.filter { step in
      guard let first = step.nodes.first, let last = step.nodes.last else { return false }
      return joint[first].operation is Conv2DDataGradient && joint[last].operation is Multiply
    }
    #expect(gated.count == 2)
    #expect(gated.contains { $0.nodes.contains { joint[$0].operation is Accumulate } })
    #expect(steps.count { $0.nodes.contains { joint[$0].operation is Step } } == 3)
  }
}
