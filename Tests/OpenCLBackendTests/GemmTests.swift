import Execution
import Graphs
import OpenCLBackend
import Operators
import Tensors
import Testing

@Suite("Both families of kernels give equal bits where they share an algorithm")
struct GemmTests {
  /// A convolution with bias and the shape of an image, `[C, H, W]`.
  struct Layer: Sendable, CustomStringConvertible {
    let algorithm: String
    let image: Shape
    let filters: Shape
    var window = Window(padding: 1)
    var groups = 1

    var description: String { "\(algorithm) \(image) \(filters)" }

    func graph() throws -> Graph {
      var builder = GraphBuilder()
      let x = builder.input("x", Shape([1] + image.extents))
      let w = builder.parameter("w", filters)
      let b = builder.parameter("b", [filters[0]])
      let y = try builder.add(Conv2D(window: window, groups: groups), [x, w, b])
      return try builder.finish(outputs: [try builder.add(ReLU(), [y])])
    }
  }

  /// Both families, and the smallest device of the second.
  static let traits = [
    DeviceTraits(family: .cpu, floatWidth: 16), DeviceTraits(family: .gpu, floatWidth: 16),
    DeviceTraits(family: .gpu, floatWidth: 1, largestGroup: 1, localByteCount: 1 << 10),
  ]

  static let layers = [
    Layer(algorithm: "direct", image: [33, 11, 7], filters: [70, 33, 1, 1], window: Window()),
    Layer(
      algorithm: "direct", image: [20, 13, 14], filters: [131, 20, 3, 3],
      window: Window(stride: 2, padding: 1)),
    Layer(algorithm: "direct", image: [48, 9, 9], filters: [96, 12, 3, 3], groups: 4),
    Layer(
      algorithm: "stem", image: [3, 21, 19], filters: [66, 3, 7, 7],
      window: Window(stride: 2, padding: 3)),
    Layer(algorithm: "depthwise", image: [35, 9, 8], filters: [35, 1, 3, 3], groups: 35),
    Layer(algorithm: "winograd4", image: [37, 25, 23], filters: [68, 37, 3, 3]),
  ]

  @Test("a layer has the same bits on cpu and gpu kernels", arguments: layers)
  func familiesAgree(_ layer: Layer) async throws {
    let queue = try await Fixture.backend.value.queue
    let images = Fixture.noise(Shape([5] + layer.image.extents), seed: 11)
    let weights: [ParameterName: HostTensor<Float>] = [
      "w": Fixture.noise(layer.filters, seed: 12), "b": Fixture.noise([layer.filters[0]], seed: 13),
    ]
    let graph = try layer.graph()
    var results: [HostTensor<Float>] = []
    for traits in Self.traits {
      let backend = OpenCLBackend(queue: queue, traits: traits)
      let plan = try await backend.compile(graph, CompileOptions(capacity: 5))
      let algorithms = plan.steps.filter { !$0.nodes.isEmpty }.map(\.algorithm)
      #expect(algorithms == [layer.algorithm], "\(traits)")
      results += try await Fixture.run(graph, [images], weights, capacity: 5, on: backend)
    }
    #expect(results.count == 3 && results.allSatisfy { $0.hasSameBits(as: results[0]) })
  }
}
