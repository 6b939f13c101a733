import Execution
import Graphs
import Operators
import ReferenceBackend
import Tensors
import Testing

@Suite("Differentiation")
struct DifferentiationTests {
  /// x [N, 2] through a layer with weights w [2, 2] and bias b [2], a ReLU and a sum.
  private func network() throws -> (graph: Graph, x: Value, hidden: Value, w: Value, b: Value) {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 2])
    let w = builder.parameter("w", [2, 2])
    let b = builder.parameter("b", [2])
    let hidden = try builder.add(Linear(), [x, w, b])
    let y = try builder.add(
      ReduceSum(axes: [1], keepsAxes: false), [builder.add(ReLU(), [hidden])])
    builder.tap("hidden", hidden, kind: .module)
    return (try builder.finish(outputs: [y]), x, hidden, w, b)
  }

  private let weights: [ParameterName: any WeightSource] = [
    "w": HostWeights(HostTensor([2, 2], [1, 2, -3, 4])),
    "b": HostWeights(HostTensor([2], [0.5, 1])),
  ]

  private func run(_ graph: Graph, _ x: [HostTensor<Float>]) async throws -> [HostTensor<Float>] {
    let backend = ReferenceBackend()
    let executable = try await backend.compile(graph, CompileOptions(capacity: 8))
    var inputs: [any ResidentTensor] = []
    for tensor in x { inputs.append(try await backend.upload(tensor)) }
    var outputs: [HostTensor<Float>] = []
    for output in try await executable.run(inputs, backend.upload(weights)) {
      outputs.append(try await output.download())
    }
    return outputs
  }

  @Test("keeps the nodes of the forward pass first, with the same places")
  func originalNodesComeFirst() throws {
    let (graph, x, hidden, w, _) = try network()
    let joint = try graph.backward(from: graph.outputs[0], to: [x, hidden, w])
    #expect(Array(joint.nodes.prefix(graph.nodes.count)) == graph.nodes)
    #expect(joint.inputs == graph.inputs)
    #expect(joint.taps == graph.taps)
    #expect(joint.outputs[0] == graph.outputs[0])
    #expect(joint.outputs.count == 4)
    for (gradient, value) in zip(joint.outputs.dropFirst(), [x, hidden, w]) {
      #expect(joint[gradient].shape == joint[value].shape)
      #expect(joint[gradient].rows == joint[value].rows)
    }
  }

  @Test("reaches inputs, activations and parameters")
  func gradientsOfEveryKind() async throws {
    let (graph, x, hidden, w, b) = try network()
    let joint = try graph.backward(from: graph.outputs[0], to: [x, hidden, w, b])
    // Hidden values: row 0 (1·1 + 2·1 + 0.5, −3 + 4 + 1) = (3.5, 2); row 1 (−1.5, 8).
    let outputs = try await run(joint, [HostTensor([2, 2], [1, 1, -2, 0.25])])
    #expect(outputs[0].elements == [5.5, 8])
    #expect(outputs[1].elements == [-2, 6, -3, 4])
    #expect(outputs[2].elements == [1, 1, 0, 1])
    #expect(outputs[3].elements == [1, 1, -1, 1.25])
    #expect(outputs[4].elements == [1, 2])
  }

  @Test("adds the contributions of several consumers")
  func severalConsumers() async throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 3])
    let square = try builder.add(Multiply(), [x, x])
    let cube = try builder.add(Multiply(), [square, x])
    let y = try builder.add(Add(), [builder.add(Add(), [cube, square]), x])
    let joint = try builder.finish(outputs: [y]).backward(from: y, to: [x, square])
    let outputs = try await run(joint, [HostTensor([1, 3], [1, 2, -3])])
    // y = x³ + x² + x; dy/dx = 3x² + 2x + 1; dy/d(x²) = x + 1.
    #expect(outputs[0].elements == [3, 14, -21])
    #expect(outputs[1].elements == [6, 17, 22])
    #expect(outputs[2].elements == [2, 3, -2])
    #expect(joint[joint.outputs[1]].operation?.name == "accumulate")
  }

  @Test("can be applied to its own result")
  func secondDerivative() async throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 1])
    let y = try builder.add(Multiply(), [builder.add(Multiply(), [x, x]), x])
    let first = try builder.finish(outputs: [y]).backward(from: y, to: [x])
    let second = try first.backward(from: first.outputs[1], to: [x])
    let outputs = try await run(second, [HostTensor([1, 1], [5])])
    #expect(outputs.map { $0[0] } == [125, 75, 30])
  }

  @Test("of a value with respect to itself is one")
  func identity() async throws {
    let (graph, _, hidden, _, _) = try network()
    let joint = try graph.backward(from: hidden, to: [hidden])
    let outputs = try await run(joint, [HostTensor([1, 2], [1, 1])])
    #expect(outputs[1].elements == [1, 1])
  }

  @Test("says by name where no differentiable path leads")
  func noPath() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 3])
    let other = builder.input("other", [1, 3])
    let step = try builder.add(Step(), [x])
    builder.tap("gate", step, kind: .tensor)
    let y = try builder.add(Multiply(), [step, other])
    let graph = try builder.finish(outputs: [y])
    #expect(throws: GraphError.noPath(to: "x")) { try graph.backward(from: y, to: [x]) }
    #expect(throws: GraphError.noPath(to: "gate")) { try graph.backward(from: other, to: [step]) }
    #expect(try graph.backward(from: y, to: [other, step]).outputs.count == 3)
  }

  @Test("lets a rule replace the derivative of the nodes it applies to")
  func rulesReplaceDerivatives() async throws {
    let (graph, x, hidden, _, _) = try network()
    let input = [HostTensor<Float>([2, 2], [1, 1, -2, 0.25])]
    let deconvolution = try graph.backward(
      from: graph.outputs[0], to: [hidden, x], rules: RuleBook([PassThrough(name: "relu")]))
    let outputs = try await run(deconvolution, input)
    #expect(outputs[1].elements == [1, 1, 1, 1])
    #expect(outputs[2].elements == [-2, 6, -2, 6])
    let elsewhere = try graph.backward(
      from: graph.outputs[0], to: [hidden], rules: RuleBook([PassThrough(name: "sigmoid")]))
    #expect(try await run(elsewhere, input)[1].elements == [1, 1, 0, 1])
  }

  @Test("takes the first rule that applies")
  func firstRuleWins() async throws {
    let (graph, _, hidden, _, _) = try network()
    let rules: [any BackwardRule] = [Doubling(), PassThrough(name: "relu")]
    let input = [HostTensor<Float>([1, 2], [1, 1])]
    let one = try graph.backward(from: graph.outputs[0], to: [hidden], rules: RuleBook(rules))
    #expect(try await run(one, input)[1].elements == [2, 2])
    let two = try graph.backward(
      from: graph.outputs[0], to: [hidden], rules: RuleBook(rules.reversed()))
    #expect(try await run(two, input)[1].elements == [1, 1])
    #expect(RuleBook(rules) != RuleBook(rules.reversed()))
    #expect(RuleBook(rules) == RuleBook([Doubling(), PassThrough(name: "relu")]))
  }
}

/// The upstream relevance as it is, for operators of one name.
private struct PassThrough: BackwardRule {
  let name: String

  func applies(to node: Node, in graph: Graph) -> Bool { node.operation?.name == name }

  func relevance(
    at site: GradientSite, of forward: Graph, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    [site.upstream]
  }
}

/// Twice the upstream relevance, for ReLU.
private struct Doubling: BackwardRule {
  func applies(to node: Node, in graph: Graph) -> Bool { node.operation is ReLU }

  func relevance(
    at site: GradientSite, of forward: Graph, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    [try graph.add(Add(), [site.upstream, site.upstream])]
  }
}
