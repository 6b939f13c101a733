import Execution
import Graphs
import OpenCLBackend
import Operators
import ReferenceBackend
import Tensors
import Testing

/// One 3x3 convolution of 32 channels, by Winograd's algorithm where that is chosen.
private struct Layer {
  let graph: Graph
  let weights: [ParameterName: HostTensor<Float>]

  init(height: Int, width: Int, channels: Int = 32) throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, channels, height, width])
    let w = builder.parameter("w", [channels, channels, 3, 3])
    let y = try builder.add(Conv2D(window: Window(padding: 1)), [x, w])
    graph = try builder.finish(outputs: [y])
    weights = ["w": Fixture.noise([channels, channels, 3, 3], seed: 3)]
  }

  /// The algorithm of a plan.
  func algorithm(on backend: OpenCLBackend, capacity: Int) async throws -> [String] {
    try await backend.compile(graph, CompileOptions(capacity: capacity)).steps
      .filter { !$0.nodes.isEmpty }.map(\.algorithm)
  }
}

@Suite("Winograd's algorithm, chunk by chunk")
struct WinogradTests {
  @Test(
    "a batch of several runs or chunks equals the reference, and each row has its bits alone",
    arguments: [(32, 9, "winograd_fused"), (160, 3, "winograd_multiply")])
  func chunksGiveEqualBits(channels: Int, rows: Int, kernel: String) async throws {
    let queue = try await Fixture.backend.value.queue
    let backend = OpenCLBackend(
      queue: queue, traits: DeviceTraits(family: .cpu, floatWidth: 16, computeUnits: 2))
    // 110 tiles an image; a run of few channels has 12, a chunk of 160 to 160 channels 252.
    let layer = try Layer(height: 43, width: 38, channels: channels)
    let images = Fixture.noise([rows, channels, 43, 38], seed: 5)
    let steps = try await backend.compile(layer.graph, CompileOptions(capacity: rows)).steps
    #expect(steps.contains { $0.algorithm == "winograd4" && $0.kernel.contains(kernel) })
    let found = try await Fixture.run(
      layer.graph, [images], layer.weights, capacity: rows, on: backend)[0]
    let expected = try await Fixture.run(
      layer.graph, [images], layer.weights, capacity: rows, on: ReferenceBackend())[0]
    #expect(ErrorMetrics(found: found, expected: expected).normalised < 4e-6)
    for capacity in [1, 20] {
      for row in [0, rows - 2, rows - 1] {
        let alone = try await Fixture.run(
          layer.graph, [images.rows(row..<row + 1)], layer.weights, capacity: capacity,
          on: backend)[0]
        #expect(alone.hasSameBits(as: found.rows(row..<row + 1)), "row \(row) of \(capacity)")
      }
    }
  }

  @Test("gradients by filters over several chunks: the reference's, equal bits at any capacity")
  func gradientsAddUpOverChunks() async throws {
    let queue = try await Fixture.backend.value.queue
    let backend = OpenCLBackend(
      queue: queue, traits: DeviceTraits(family: .cpu, floatWidth: 16, computeUnits: 2))
    // 330 tiles in chunks of 252; a plan for 20 images has nine chunks, most of them empty.
    var builder = GraphBuilder()
    let inputs = [
      builder.input("x", [1, 160, 43, 38]), builder.input("dy", [1, 160, 43, 38]),
    ]
    let gradient = Conv2DWeightGradient(
      Conv2D(window: Window(padding: 1)), kernelHeight: 3, kernelWidth: 3)
    let graph = try builder.finish(outputs: [builder.add(gradient, inputs)])
    let tensors = [5, 6].map { Fixture.noise([3, 160, 43, 38], seed: $0) }
    let expected = try await Fixture.run(
      graph, tensors, [:], capacity: 3, on: ReferenceBackend())[0]
    var results: [HostTensor<Float>] = []
    for capacity in [3, 20] {
      let steps = try await backend.compile(graph, CompileOptions(capacity: capacity)).steps
      #expect(steps.contains { $0.algorithm == "winograd4" })
      results += try await Fixture.run(graph, tensors, [:], capacity: capacity, on: backend)
    }
    #expect(ErrorMetrics(found: results[0], expected: expected).normalised < 4e-6)
    #expect(results.count == 2 && results[0].hasSameBits(as: results[1]))
  }

  @Test(
    "tiles of fewer outputs, at the right and the lower edge, equal the reference by runs and chunks",
    arguments: 5...8, 5...8)
  func shortTiles(height: Int, width: Int) async throws {
    let queue = try await Fixture.backend.value.queue
    let layer = try Layer(height: height, width: width)
    let images = Fixture.noise([9, 32, height, width], seed: 7)
    let expected = try await Fixture.run(
      layer.graph, [images], layer.weights, capacity: 9, on: ReferenceBackend())[0]
    var results: [HostTensor<Float>] = []
    // With many compute units there are too few runs to go through all three steps at a time first.
    for units in [1, 64] {
      let backend = OpenCLBackend(
        queue: queue, traits: DeviceTraits(family: .cpu, floatWidth: 16, computeUnits: units))
      results += try await Fixture.run(
        layer.graph, [images], layer.weights, capacity: 9, on: backend)
    }
    #expect(ErrorMetrics(found: results[0], expected: expected).normalised < 4e-6)
    #expect(results.count == 2 && results[0].hasSameBits(as: results[1]))
  }

  @Test("tiles for vectors of 8 and of 16 floats give equal bits")
  func tilesGiveEqualBits() async throws {
    let queue = try await Fixture.backend.value.queue
    let layer = try Layer(height: 13, width: 22)
    let images = Fixture.noise([3, 32, 13, 22], seed: 6)
    var results: [HostTensor<Float>] = []
    for width in [8, 16] {
      let backend = OpenCLBackend(
        queue: queue, traits: DeviceTraits(family: .cpu, floatWidth: width))
      #expect(try await layer.algorithm(on: backend, capacity: 3) == ["winograd4"])
      results += try await Fixture.run(
        layer.graph, [images], layer.weights, capacity: 3, on: backend)
    }
    #expect(results.count == 2 && results[0].hasSameBits(as: results[1]))
  }

  @Test(
    "the choice depends on the image and the channels, not on the batch",
    arguments: [
      (5, 5, 32, "winograd4"), (4, 9, 32, "direct"), (9, 4, 64, "direct"), (9, 9, 16, "direct"),
    ])
  func choice(height: Int, width: Int, channels: Int, algorithm: String) async throws {
    let backend = try await Fixture.backend.value
    let layer = try Layer(height: height, width: width, channels: channels)
    for capacity in [1, 33] {
      #expect(try await layer.algorithm(on: backend, capacity: capacity) == [algorithm])
    }
  }
}
