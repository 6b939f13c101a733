import Execution
import Graphs
import OperatorCases
import ReferenceBackend
import Tensors
import Testing

@Suite("A row is the same alone and in a batch")
struct RebatchingTests {
  /// Cases of which rows can be taken apart: several rows, and outputs that have them.
  static let cases = OperatorCaseCatalogue.all.filter { operatorCase in
    let graph = operatorCase.graph
    return (operatorCase.rows[.rows] ?? 1) > 1
      && graph.inputs.contains { graph[$0].rows == .rows }
      && graph.outputs.allSatisfy { graph[$0].rows == .rows }
      && !graph.nodes.contains { $0.operation != nil && $0.rows == nil }
  }

  @Test("to the last bit, one by one and two by two", arguments: cases)
  func rowsDoNotDependOnTheBatch(operatorCase: OperatorCase) async throws {
    let rows = try #require(operatorCase.rows[.rows])
    let whole = try await outputs(of: operatorCase, rows: 0..<rows)
    for size in [1, 2] {
      for start in stride(from: 0, to: rows, by: size) {
        let range = start..<min(start + size, rows)
        let part = try await outputs(of: operatorCase, rows: range)
        for (found, expected) in zip(part, whole) {
          #expect(found == expected.rows(range), "rows \(range)")
        }
      }
    }
  }

  @Test("in no fewer cases than are recorded here")
  func countOfCases() {
    #expect(Self.cases.count >= 552)
  }

  private func outputs(
    of operatorCase: OperatorCase, rows: Range<Int>
  ) async throws -> [HostTensor<Double>] {
    let backend = ReferenceBackend()
    let graph = operatorCase.graph
    let executable = try await backend.compile(
      graph, CompileOptions(capacity: operatorCase.capacity))
    let parameters = try await backend.upload(
      operatorCase.weights.mapValues { HostWeights($0) as any WeightSource })
    let inputs = zip(graph.inputs, operatorCase.inputs).map { value, tensor in
      ReferenceTensor((graph[value].rows == .rows ? tensor.rows(rows) : tensor).converted())
    }
    return try await executable.run(inputs, parameters)
      .compactMap { ($0 as? ReferenceTensor)?.values }
  }
}
