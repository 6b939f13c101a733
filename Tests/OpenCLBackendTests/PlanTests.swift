import Execution
import Graphs
import OpenCLBackend
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
}
