import Execution
import Graphs
import OpenCLBackend
import Operators
import ReferenceBackend
import Tensors
import Testing

@Suite("What follows from parameters alone is kept with them")
struct WeightTests {
  /// A convolution with batch normalisation and ReLU behind it.
  struct Layer: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let channels: Int
    let filters: [Int]
    var window = Window(padding: 1)
    var groups = 1
    var hasBias = false

    static let all = [
      Layer(testDescription: "winograd", channels: 40, filters: [33, 40, 3, 3], hasBias: true),
      Layer(testDescription: "picture", channels: 3, filters: [20, 3, 3, 3]),
      Layer(testDescription: "depthwise", channels: 33, filters: [33, 1, 3, 3], groups: 33),
      Layer(testDescription: "grouped", channels: 34, filters: [16, 17, 3, 3], groups: 2),
      Layer(
        testDescription: "pointwise", channels: 17, filters: [35, 17, 1, 1],
        window: Window(stride: 2), hasBias: true),
    ]

    var weights: [ParameterName: HostTensor<Float>] {
      let count = filters[0]
      let noise = Fixture.noise([count], seed: 15)
      return [
        "w": Fixture.noise(Shape(filters), seed: 11), "b": Fixture.noise([count], seed: 12),
        "scale": Fixture.noise([count], seed: 13), "offset": Fixture.noise([count], seed: 14),
        "mean": Fixture.noise([count], seed: 16),
        "variance": HostTensor([count]) { 1.25 + noise.elements[$0] },
      ]
    }

    /// The graph; the convolution is an output too where it is watched.
    func graph(isWatched: Bool = false) throws -> Graph {
      var builder = GraphBuilder()
      let x = builder.input("x", [1, channels, 14, 13])
      let w = builder.parameter("w", Shape(filters))
      let vectors = (["b", "scale", "offset", "mean", "variance"] as [ParameterName]).map {
        builder.parameter($0, [filters[0]])
      }
      let convolution = try builder.add(
        Conv2D(window: window, groups: groups), [x, w] + (hasBias ? [vectors[0]] : []))
      let normalised = try builder.add(
        BatchNorm(epsilon: 1e-3), [convolution] + vectors.dropFirst())
      let output = try builder.add(ReLU(), [normalised])
      return try builder.finish(outputs: isWatched ? [output, convolution] : [output])
    }
  }

  @Test("batch normalisation is folded into the convolution in front", arguments: Layer.all)
  func normalisationIsFolded(layer: Layer) async throws {
    let backend = try await Fixture.backend.value
    let graph = try layer.graph()
    let images = Fixture.noise([3, layer.channels, 14, 13], seed: 5)
    let found = try await Fixture.run(graph, [images], layer.weights, capacity: 3, on: backend)[0]
    let expected = try await Fixture.run(
      graph, [images], layer.weights, capacity: 3, on: ReferenceBackend())[0]
    let metrics = ErrorMetrics(found: found, expected: expected)
    #expect(metrics.count == found.elements.count && metrics.normalised < 4e-6)
    let steps = try await backend.compile(graph, CompileOptions(capacity: 3)).steps
    #expect(steps.filter { !$0.nodes.isEmpty }.map(\.nodes.count) == [3])
  }

  @Test("a convolution that somebody looks at keeps its own values")
  func watchedConvolutionStays() async throws {
    let backend = try await Fixture.backend.value
    let graph = try Layer.all[0].graph(isWatched: true)
    let steps = try await backend.compile(graph, CompileOptions(capacity: 3)).steps
    #expect(steps.filter { !$0.nodes.isEmpty }.map(\.nodes.count) == [1, 2])
  }

  @Test("weights with others in their place are folded anew")
  func replacedStatisticsCount() async throws {
    let backend = try await Fixture.backend.value
    let layer = Layer.all[0]
    let executable = try await backend.compile(layer.graph(), CompileOptions(capacity: 2))
    let parameters = try await backend.upload(
      layer.weights.mapValues { HostWeights($0) as any WeightSource })
    let images = Fixture.noise([2, layer.channels, 14, 13], seed: 5)
    let resident = try await backend.upload(images)
    func output(_ parameters: any ResidentParameters) async throws -> HostTensor<Float> {
      try await executable.run([resident], parameters)[0].download()
    }
    let before = try await output(parameters)
    var weights = layer.weights
    weights["variance"] = HostTensor([33], filledWith: 4)
    let expected = try await Fixture.run(
      layer.graph(), [images], weights, capacity: 2, on: ReferenceBackend())[0]
    let replaced = HostTensor<Float>([33], filledWith: 4)
    let others = try await parameters.replacing(["variance": HostWeights(replaced)])
    #expect(try await ErrorMetrics(found: output(others), expected: expected).normalised < 4e-6)
    #expect(try await output(parameters).hasSameBits(as: before))
    try await parameters.replace("variance", with: backend.upload(replaced))
    #expect(try await ErrorMetrics(found: output(parameters), expected: expected).normalised < 4e-6)
    #expect(ErrorMetrics(found: before, expected: expected).normalised > 0.01)
  }

  @Test("computed filters are packed like those of a file, and follow their parameters")
  func computedFiltersArePacked() async throws {
    let backend = try await Fixture.backend.value
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 32, 9, 8])
    let w = builder.parameter("w", [32, 32, 3, 3])
    let factor = builder.parameter("factor", [32, 1, 1, 1])
    let filters = try builder.add(Multiply(), [w, factor])
    let output = try builder.add(Conv2D(window: Window(padding: 1)), [x, filters])
    let isOutputToo = try builder.add(ReLU(), [filters])
    let graph = try builder.finish(outputs: [output, isOutputToo])
    #expect(graph.isFixed(filters) && graph.isFixed(isOutputToo) && !graph.isFixed(output))
    #expect(graph.keptValues.isEmpty)
    #expect(graph.with(outputs: [output]).keptValues == [filters, isOutputToo])
    var weights: [ParameterName: HostTensor<Float>] = [
      "w": Fixture.noise([32, 32, 3, 3], seed: 1), "factor": Fixture.noise([32, 1, 1, 1], seed: 2),
    ]
    let images = Fixture.noise([4, 32, 9, 8], seed: 5)
    for seed in [2, 3] as [UInt64] {
      weights["factor"] = Fixture.noise([32, 1, 1, 1], seed: seed)
      for graph in [graph, graph.with(outputs: [output])] {
        let found = try await Fixture.run(graph, [images], weights, capacity: 4, on: backend)
        let expected = try await Fixture.run(
          graph, [images], weights, capacity: 4, on: ReferenceBackend())
        for (found, expected) in zip(found, expected) {
          #expect(ErrorMetrics(found: found, expected: expected).normalised < 4e-6)
        }
      }
    }
    let alone = try await backend.compile(
      graph.with(outputs: [output]), CompileOptions(capacity: 4)
    ).steps.filter { !$0.nodes.isEmpty }
    #expect(alone.map(\.algorithm) == ["winograd4"])
  }

  @Test("a step that is taken out of a graph brings along what it is made of")
  func extractedStepsBringTheirWeights() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 4, 3, 3])
    let w = builder.parameter("w", [4, 4, 1, 1])
    let filters = try builder.add(ReLU(), [w])
    let before = try builder.add(ReLU(), [x])
    let output = try builder.add(Conv2D(), [before, filters])
    let graph = try builder.finish(outputs: [output])
    let part = try graph.extract([output])
    #expect(part.inputs == [before])
    #expect(part.graph.nodes.compactMap { $0.operation?.name } == ["relu", "conv2d"])
  }
}
