import Jobs
import KernelLibrary
import OpenCLBackend
import OpenCLRuntime
import Testing
import Training

@Suite("The forecast of a run's device memory", .serialized)
struct DeviceMemoryTests {
  private let folders: RunFolders

  init() throws { folders = try RunFolders() }

  /// Two engines whose memory nobody else takes; never given back, as PoCL does not bear that beside
  /// others.
  private static let own = (0..<2).map { _ in
    Task { () throws -> OpenCLBackend in
      let device = try await Engines.openCL.value.queue.device
      return OpenCLBackend(queue: try DeviceQueue(device: device, library: KernelLibrary()))
    }
  }

  /// What a run does beside its steps.
  enum Kind: CaseIterable {
    case plain, maps, windows

    func change(_ job: inout TrainingJob) throws {
      switch self {
      case .plain: break
      case .maps: try SmallRun.everything(&job)
      case .windows: job.windows = try SmallRun.windows(of: job, 1, .init(24))
      }
    }
  }

  private func run(
    _ kind: Kind, parts: Int = 1, mode: OutputFolder.Mode = .fresh, with ranks: Ranks = Ranks(),
    on backend: OpenCLBackend, sharesStatistics: Bool = false
  ) async throws -> SmallRun {
    try await SmallRun(
      folders.pictures, to: folders.path("\(kind) \(parts)"), mode: mode,
      batchSize: 4 / parts / ranks.count, accumulation: parts, on: backend, with: ranks
    ) { job in
      job.options.sharesStatistics = sharesStatistics
      try kind.change(&job)
    }
  }

  /// The bytes that a run is said to take, by those that it takes.
  private func ratio(_ run: SmallRun, on backend: OpenCLBackend) async throws -> Double {
    let budget = backend.queue.budget
    // A batch that was read ahead for a run that is stopped may still lie there.
    while budget.liveByteCount > 0 { try await Task.sleep(for: .milliseconds(10)) }
    budget.resetPeak()
    let forecast = try await run.job.deviceByteCount(on: RehearsalBackend(backend))
    #expect(budget.peakByteCount == 0, "nothing is put on the device to count")
    _ = try await run.train()
    return Double(try #require(forecast)) / Double(budget.peakByteCount)
  }

  @Test("is what the run takes", arguments: Kind.allCases, [1, 2])
  func forecastIsTrue(_ kind: Kind, parts: Int) async throws {
    let backend = try await Self.own[0].value
    let ratio = try await ratio(run(kind, parts: parts, on: backend), on: backend)
    #expect(0.98...1.02 ~= ratio, "\(ratio)")
  }

  @Test("is what a run takes that goes on", arguments: Kind.allCases, [1, 4])
  func resumedForecastIsTrue(_ kind: Kind, stop: Int) async throws {
    let backend = try await Self.own[0].value
    let stopped = try await run(kind, on: backend)
    await #expect(throws: Failure.self) { try await stopped.train(stoppedAfter: stop) }
    let ratio = try await ratio(run(kind, mode: .resume, on: backend), on: backend)
    #expect(0.98...1.02 ~= ratio, "\(ratio)")
  }

  @Test("is what each of two ranks takes", arguments: [Kind.plain, .maps], [false, true])
  func rankedForecastIsTrue(_ kind: Kind, sharesStatistics: Bool) async throws {
    let ratios = await onRanks(2) { ranks in
      let backend = try await Self.own[ranks.rank].value
      let run = try await run(
        kind, with: ranks, on: backend, sharesStatistics: sharesStatistics)
      return try await ratio(run, on: backend)
    }
    for ratio in try ratios.map({ try $0.get() }) { #expect(0.98...1.02 ~= ratio, "\(ratio)") }
  }

  @Test("under a limit finds room for what needs no more, and refuses what does")
  func limitIsKept() async throws {
    let backend = try await Self.own[0].value
    let budget = backend.queue.budget
    let run = try await run(.maps, on: backend)
    let job = run.job
    let free = try #require(try await job.deviceByteCount(on: RehearsalBackend(backend)))
    let exact = RehearsalBackend(backend, memory: free)
    #expect(try await job.deviceByteCount(on: exact) == free)
    let half = RehearsalBackend(backend, memory: free / 2)
    let failure = await #expect(throws: Failure.self) { try await job.deviceByteCount(on: half) }
    #expect(failure?.kind == .temporary)
    let limit = budget.limitByteCount
    budget.limitByteCount = free
    defer { budget.limitByteCount = limit }
    #expect(try await run.train().epochCount == 2)
  }
}
