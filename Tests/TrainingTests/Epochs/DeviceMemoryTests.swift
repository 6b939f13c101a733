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

  /// An engine whose memory nobody else takes; never given back, as PoCL does not bear that beside
  /// others.
  private static let alone = Task { () throws -> OpenCLBackend in
    let device = try await Engines.openCL.value.queue.device
    return OpenCLBackend(queue: try DeviceQueue(device: device, library: KernelLibrary()))
  }

  /// What a run does beside its steps.
  enum Kind: CaseIterable {
    case plain, maps, windows
  }

  private func run(_ kind: Kind, parts: Int, on backend: OpenCLBackend) async throws -> SmallRun {
    try await SmallRun(
      folders.pictures, to: folders.path("\(kind) \(parts)"), batchSize: 4 / parts,
      accumulation: parts, on: backend
    ) { job in
      switch kind {
      case .plain: break
      case .maps: try SmallRun.everything(&job)
      case .windows: job.windows = try SmallRun.windows(of: job, 1, .init(24))
      }
    }
  }

  @Test("is what the run takes", arguments: Kind.allCases, [1, 2])
  func forecastIsTrue(_ kind: Kind, parts: Int) async throws {
    let backend = try await Self.alone.value
    let budget = backend.queue.budget
    budget.resetPeak()
    let run = try await run(kind, parts: parts, on: backend)
    let forecast = try await run.job.deviceByteCount(on: RehearsalBackend(backend))
    #expect(budget.peakByteCount == 0, "nothing is put on the device to count")
    _ = try await run.train()
    let ratio = Double(try #require(forecast)) / Double(budget.peakByteCount)
    #expect(0.97...1.03 ~= ratio, "\(ratio)")
  }

  @Test("under a limit finds room for what needs no more, and refuses what does")
  func limitIsKept() async throws {
    let backend = try await Self.alone.value
    let job = try await run(.plain, parts: 1, on: backend).job
    let free = try #require(try await job.deviceByteCount(on: RehearsalBackend(backend)))
    let exact = RehearsalBackend(backend, memory: free)
    #expect(try await job.deviceByteCount(on: exact) == free)
    let half = RehearsalBackend(backend, memory: free / 2)
    let failure = await #expect(throws: Failure.self) { try await job.deviceByteCount(on: half) }
    #expect(failure?.kind == .temporary)
  }
}
