import Execution
import Graphs
import KernelLibrary
import OpenCLBackend
import OpenCLRuntime
import Operators
import Tensors
import Testing

@Suite("A tile is chosen among those that the device has room for")
struct TileTests {
  @Test(
    "what groups and local memory do not hold is not offered, and something is",
    arguments: [(256, 32 << 10), (256, 12 << 10), (128, 32 << 10), (64, 11 << 10), (1, 1 << 10)])
  func tilesFit(group: Int, bytes: Int) async throws {
    let queue = try await Fixture.backend.value.queue
    var traits = DeviceTraits(family: .gpu, floatWidth: 1)
    (traits.largestGroup, traits.localByteCount) = (group, bytes)
    let backend = OpenCLBackend(queue: queue, traits: traits)
    for layer in GemmTests.layers {
      let graph = try layer.graph()
      let node = try #require(graph.nodes.first { $0.operation is Conv2D })
      for variant in backend.ladder(of: node, in: graph, capacity: 200) {
        try #require(!variant.tiles.isEmpty)
        for tile in variant.tiles where !tile.sizes.isEmpty {
          #expect(tile["TP"] * tile["TK"] <= group * tile["MP"] * tile["MK"], "\(tile)")
          let floats = tile["KT"] * (tile["TP"] + 4 + tile["TK"])
          #expect(2 * 4 * floats <= bytes, "\(tile)")
        }
      }
    }
  }

  @Test("groups shrink as the kernel says: items stay as many, or groups do, or nothing changes")
  func groupsShrink() {
    let row = WorkItems.items(1000)
    #expect(row.inGroups(ofAtMost: 256) == row)
    let small = row.inGroups(ofAtMost: 100)
    #expect(small.local == [64] && small.global == row.global)
    #expect(row.inGroups(ofAtMost: 1).local == [1])
    let shared = WorkItems(global: [7 * 64], local: [64], grouping: .shared)
    let least = shared.inGroups(ofAtMost: 16)
    #expect(least.local == [16] && least.global == [7 * 16])
    let fixed = WorkItems(global: [128], local: [64])
    #expect(fixed.inGroups(ofAtMost: 16) == fixed)
  }

  @Test("a step whose tile does not build runs with another one, and gives its bits")
  func otherTileIsBuilt() async throws {
    let sound = try await Fixture.backend.value
    let graph = try GemmTests.layers[0].graph()
    let traits = DeviceTraits(family: .gpu, floatWidth: 1)
    let plain = OpenCLBackend(queue: sound.queue, traits: traits)
    let steps = try await plain.compile(graph, CompileOptions(capacity: 2)).steps
    let wanted = try #require(steps.first { !$0.tile.isEmpty }?.tile)
    let node = try #require(graph.nodes.first { $0.operation is Conv2D })
    let variant = try #require(plain.ladder(of: node, in: graph, capacity: 2).last)
    let tile = try #require(variant.tiles.first { $0.description == wanted })
    let library = try KernelLibrary.planted("#error", where: tile, in: "ops/conv2d_gemm.cl")
    let queue = try DeviceQueue(device: sound.queue.device, library: library)
    let planted = OpenCLBackend(queue: queue, traits: traits)
    let others = try await planted.compile(graph, CompileOptions(capacity: 2)).steps
    #expect(others.allSatisfy { $0.tile != wanted })
    #expect(others.contains { !$0.tile.isEmpty })

    let images = Fixture.noise([2, 33, 11, 7], seed: 21)
    let weights: [ParameterName: HostTensor<Float>] = [
      "w": Fixture.noise([70, 33, 1, 1], seed: 22), "b": Fixture.noise([70], seed: 23),
    ]
    let expected = try await Fixture.run(graph, [images], weights, capacity: 2, on: plain)[0]
    let found = try await Fixture.run(graph, [images], weights, capacity: 2, on: planted)[0]
    #expect(found.hasSameBits(as: expected))

    await #expect(throws: BackendError.self) {
      try await planted.compile(
        graph, CompileOptions(capacity: 2),
        inspection: Inspection(variant: variant.name, tile: tile))
    }
  }
}
