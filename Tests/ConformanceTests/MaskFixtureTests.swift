import Execution
import Graphs
import Operators
import Saliency
import Tensors
import Testing

/// Masks of RISE as a program written from the description makes them in double precision.
@Suite("Masks of RISE are those of their seed")
struct MaskFixtureTests {
  private static let recorded: [(seed: UInt64, cells: Int, keep: Float, size: (Int, Int), String)] =
    [
      (0, 7, 0.5, (56, 56), "seed0_7_0.5_56x56"),
      (1, 8, 0.1, (33, 47), "seed1_8_0.1_33x47"),
      (1 << 63 - 1, 5, 0.75, (20, 31), "seed9223372036854775807_5_0.75_20x31"),
      (7, 1, 0.5, (6, 5), "seed7_1_0.5_6x5"),
    ]

  @Test("recorded masks", arguments: recorded.indices, MapFixtureTests.Engine.allCases)
  func masksAgree(place: Int, engine: MapFixtureTests.Engine) async throws {
    let (seed, cells, keep, size, file) = Self.recorded[place]
    let expected = try MapFixtures.tensor("../masks/\(file).npy")
    let count = expected.shape[0]
    let backend = try await MapFixtureTests.backend(engine)
    var builder = GraphBuilder()
    let mask = builder.input("mask", [1, 1])
    let random = RandomGrid(
      seed: seed, cells: cells, keep: keep, height: size.0, width: size.1)
    let grid = try builder.add(random, [mask])
    let shifted = ShiftedGrid(cells: cells, height: size.0, width: size.1)
    let graph = try builder.finish(outputs: [grid, builder.add(shifted, [grid])])
    let executable = try await backend.compile(graph, CompileOptions(capacity: count))
    let found = try await executable.run(
      [backend.upload(HostTensor([count, 1]) { Float($0) })], backend.upload([:]))
    // Bits and shifts are the same numbers everywhere; masks differ by rounding.
    let grids = random.reference([HostTensor([count, 1]) { Double($0) }])
    #expect(try await found[0].download() == grids.converted())
    let masks = try await found[1].download()
    let metrics = ErrorMetrics(
      found: masks.reshaped([masks.shape.elementCount]),
      expected: expected.reshaped([masks.shape.elementCount]))
    #expect(metrics.maximumAbsolute < 1e-6, "\(file)")
  }
}
