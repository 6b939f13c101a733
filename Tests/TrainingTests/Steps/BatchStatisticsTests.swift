import Execution
import Graphs
import Operators
import ReferenceBackend
import Tensors
import Testing
import Training

@Suite("A gradient passes the statistics of a batch in one piece")
struct BatchStatisticsTests {
  /// A normalisation by its own input, or by the mean of another value.
  private func makeGraph(_ row: Shape, isOwn: Bool) throws -> Graph {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape([1] + row.extents))
    let z = try builder.add(Multiply(), [x, builder.constant(2)])
    let weights = ["scale", "bias"].map { builder.parameter(ParameterName($0), [row[0]]) }
    let axes = builder.shape(of: x).extents.indices.filter { $0 != 1 }
    let mean = try builder.add(ReduceMean(axes: axes, keepsAxes: false), [isOwn ? x : z])
    let variance = try builder.add(BatchVariance(), [x, mean])
    let y = try builder.add(BatchNorm(epsilon: 1e-5), [x] + weights + [mean, variance])
    let product = try builder.add(Multiply(), [y, builder.add(Sigmoid(), [z])])
    let ones = try builder.add(ReduceSum(axes: axes, keepsAxes: false), [builder.add(Ones(), [x])])
    let pixels = builder.constant(Float(row.row.elementCount))
    let rows = try builder.add(
      Divide(), [builder.add(Slice(axis: 0, range: 0..<1), [ones]), pixels])
    return try builder.finish(outputs: [product, rows])
  }

  private func gradients(
    _ graph: Graph, _ rules: RuleBook
  ) async throws -> [HostTensor<Double>] {
    let targets = graph.nodes.filter { $0.operation == nil }.map(\.value).filter { value in
      if case .constant = graph[value].source { false } else { true }
    }
    let joint = try graph.backward(from: graph.outputs[0], to: targets, rules: rules)
    let backend = ReferenceBackend()
    let executable = try await backend.compile(joint, CompileOptions(capacity: 5))
    let shape = graph[graph.inputs[0]].shape.withRows(5)
    let x = HostTensor<Float>(shape) { Float($0 * 37 % 101) / 25 - 2 }
    let weight = HostTensor<Float>([shape[1]]) { Float($0) / 4 - 1 }
    let parameters = try await backend.upload([
      "scale": HostWeights(weight), "bias": HostWeights(weight),
    ])
    let outputs = try await executable.run([try await backend.upload(x)], parameters)
    return outputs.dropFirst(2).compactMap { ($0 as? ReferenceTensor)?.values }
  }

  @Test(
    "as differentiating node by node has it", arguments: [[7, 3, 2], [17], [3, 5]] as [Shape])
  func ruleEqualsDerivative(row: Shape) async throws {
    let graph = try makeGraph(row, isOwn: true)
    let expected = try await gradients(graph, .derivative)
    let found = try await gradients(graph, RuleBook([BatchStatisticsRule(rows: graph.outputs[1])]))
    #expect(found.count == 3)
    for (found, expected) in zip(found, expected) {
      let metrics = ErrorMetrics(found: found, expected: expected)
      #expect(metrics.count == expected.elements.count && metrics.normalised < 1e-13)
    }
  }

  @Test("but only where they are those of the batch itself")
  func otherStatisticsAreDifferentiated() async throws {
    let graph = try makeGraph([7, 3, 2], isOwn: false)
    let rule = BatchStatisticsRule(rows: graph.outputs[1])
    #expect(!graph.nodes.contains { rule.applies(to: $0, in: graph) })
  }
}
