import Execution
import Foundation
import Graphs
import KernelLibrary
import OpenCLBackend
import OpenCLRuntime
import Operators
import Tensors
import Testing

@Suite("The tuner refuses what is wrong and stores what is faster", .serialized)
struct TunerTests {
  @Test("a mistake in one tile is refused by name, and never stored")
  func plantedMistakeIsRefused() async throws {
    let task = try #require(try tasks(on: backend()).first)
    let wrong = try #require(task.tiles.last)
    #expect(wrong != task.baseline)
    let outcome = try await tune(planted: wrong)
    for candidate in outcome.candidates {
      #expect((candidate.refusal != nil) == (candidate.tile == wrong), "\(candidate)")
    }
    let refused = try #require(outcome.candidates.first { $0.tile == wrong })
    #expect(refused.refusal?.hasPrefix("error ") == true)
    #expect(refused.milliseconds == nil)
    #expect(outcome.winner?.tile != wrong)
  }

  @Test(
    "a tile that does not build or run is refused by name, and the others are tried",
    arguments: [
      ("#error too many registers", "does not build: "),
      ("#define reqd_work_group_size(x, y, z) reqd_work_group_size(2, 1, 1)", "cannot run: "),
    ])
  func unusableTileIsRefused(lines: String, reason: String) async throws {
    let task = try #require(try tasks(on: backend()).first)
    let outcome = try await tune(planted: task.baseline, lines)
    #expect(outcome.candidates.count == task.tiles.count)
    for candidate in outcome.candidates {
      #expect((candidate.refusal != nil) == (candidate.tile == task.baseline), "\(candidate)")
    }
    let refusal = try #require(outcome.candidates.first?.refusal)
    #expect(refusal.hasPrefix(reason) && !refusal.contains("\n"), "\(refusal)")
    #expect(outcome.winner != nil)
  }

  @Test("a definition that does not build is one refusal, and no error")
  func brokenDefinition() async throws {
    let engine = try backend(.planted("#error", where: Tile()))
    let outcome = try await Tuner(backend: engine, level: .rapid).tune(
      try #require(try tasks(on: engine).first))
    #expect(outcome.candidates.count == 1 && outcome.winner == nil)
    #expect(outcome.candidates.first?.refusal?.contains("does not build") == true)
  }

  @Test("where the default is wrong another is stored, and the next plan has it")
  func tunedTileIsPlanned() async throws {
    let folder = try TuningFolder()
    let plain = try backend()
    let task = try #require(try tasks(on: plain).first)
    let library = try KernelLibrary.planted(KernelLibrary.wrongProduct, where: task.baseline)
    let tuned = try backend(library)
    let outcome = try await Tuner(backend: tuned, level: .rapid).tune(
      try #require(try tasks(on: tuned).first))
    let winner = try #require(outcome.winner)
    #expect(winner.tile != task.baseline)
    #expect(outcome.candidates.first?.tile == task.baseline)
    #expect(outcome.candidates.first?.refusal != nil)

    let device = DeviceSignature(tuned.queue.device)
    let entry = try #require(try outcome.entry(library))
    try folder.store.save(
      [entry], dropping: [task.key], origin: .init(device: device, tuned.traits))
    var next = try backend(library)
    folder.store.load(into: &next.tuning, device: device, library: library)
    #expect(next.tuning.notes.isEmpty)
    let steps = try await next.compile(Self.graph(), CompileOptions(capacity: 4)).steps
    #expect(
      steps.map(\.tile).filter { !$0.isEmpty }
        == [String](repeating: winner.tile.description, count: 2))
    let before = try await plain.compile(Self.graph(), CompileOptions(capacity: 4)).steps
    #expect(
      before.map(\.tile).filter { !$0.isEmpty }
        == [String](repeating: task.baseline.description, count: 2))
    var other = try backend()
    folder.store.load(
      into: &other.tuning, device: device, library: other.queue.library)
    #expect(other.tuning.measured.isEmpty && other.tuning.notes.count == 1)
    #expect(other.tuning.hints[task.key] == winner.tile)
    #expect(try tasks(on: other).first?.tiles.dropFirst().first == winner.tile)
  }

  @Test("a tile that a table names and no kernel has is not used")
  func unknownTileIsNotUsed() async throws {
    var engine = try backend()
    let task = try #require(try tasks(on: engine).first)
    engine.tuning = Tuning(measured: [task.key: Tile(["UW": 1000, "NB": -3])])
    let steps = try await engine.compile(Self.graph(), CompileOptions(capacity: 4)).steps
    #expect(
      steps.map(\.tile).filter { !$0.isEmpty }
        == [String](repeating: task.baseline.description, count: 2))
  }

  @Test("all tiles that are right are timed, and the same step is listed once")
  func soundTilesAreTimed() async throws {
    let engine = try backend()
    let tasks = try tasks(on: engine)
    #expect(tasks.count == 1)
    let outcome = try await Tuner(backend: engine, level: .rapid).tune(tasks[0])
    #expect(outcome.candidates.count == tasks[0].tiles.count)
    for candidate in outcome.candidates {
      #expect(candidate.refusal == nil)
      #expect((candidate.milliseconds ?? 0) > 0)
    }
  }

  private func tune(
    planted tile: Tile, _ lines: String = KernelLibrary.wrongProduct
  ) async throws -> TuningOutcome {
    let engine = try backend(.planted(lines, where: tile))
    let tasks = try tasks(on: engine)
    return try await Tuner(backend: engine, level: .rapid).tune(try #require(tasks.first))
  }

  private func backend(_ library: KernelLibrary? = nil) throws -> OpenCLBackend {
    let device = try #require(try Device.all().first { $0.kind == .cpu })
    return OpenCLBackend(
      queue: try DeviceQueue(device: device, library: library ?? KernelLibrary(), profiling: true))
  }

  private func tasks(on backend: OpenCLBackend) throws -> [TuningTask] {
    try backend.tuningTasks(Self.graph(), CompileOptions(capacity: 4))
  }

  /// A strided convolution, twice, which no algorithm but the direct one computes.
  private static func graph() throws -> Graph {
    var builder = GraphBuilder()
    let x = builder.input("x", [1, 32, 9, 9])
    var branches: [Value] = []
    for name in ["a", "b"] {
      let w = builder.parameter(ParameterName("\(name).w"), [48, 32, 3, 3])
      let b = builder.parameter(ParameterName("\(name).b"), [48])
      let y = try builder.add(Conv2D(window: Window(stride: 2, padding: 1)), [x, w, b])
      branches.append(try builder.add(ReLU(), [y]))
    }
    return try builder.finish(outputs: branches)
  }
}
