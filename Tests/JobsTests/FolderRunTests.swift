import Jobs
import Testing

/// How a run ends, whatever comes in its way.
@Suite struct FolderRunTests {
  /// A run that fails as it is told.
  private struct FailingRun: FolderRun, ~Copyable {
    let atWork: Failure?
    let atEnd: Failure?
    private(set) var finishedAfter: [Failure?] = []

    init(atWork: Failure?, atEnd: Failure?) {
      self.atWork = atWork
      self.atEnd = atEnd
    }

    mutating func work() async throws(Failure) {
      if let atWork { throw atWork }
    }

    mutating func finish(after failure: Failure?) async throws(Failure) {
      finishedAfter.append(failure)
      if let atEnd { throw atEnd }
    }
  }

  private static let lost = Failure(.temporary, "device", "lost")
  private static let full = Failure(.inputOutput, "out", "disk full")
  private static let stopped = Failure(.interrupted, "", "interrupted")

  /// At work, at the end, what is thrown, what is told.
  @Test(
    arguments: [
      (nil, nil, nil, []), (lost, nil, lost, []), (nil, full, full, []), (lost, full, lost, [full]),
      (stopped, nil, stopped, []), (stopped, full, full, []), (lost, lost, lost, [lost]),
    ] as [(Failure?, Failure?, Failure?, [Failure])])
  func theFirstFailureIsTheReason(
    atWork: Failure?, atEnd: Failure?, reason: Failure?, told: [Failure]
  ) async throws {
    let place = try TestFolder()
    let folder = OutputFolder(place.path, mode: .fresh)
    var run = FailingRun(atWork: atWork, atEnd: atEnd)
    var thrown: Failure?
    var heard: [Failure] = []
    let lock = try folder.open()
    do throws(Failure) {
      try await run.complete(holding: lock) { heard.append($0) }
    } catch {
      thrown = error
    }
    #expect(thrown == reason && heard == told)
    let after = run.finishedAfter
    #expect(after == [atWork])
    // The folder is free again.
    _ = try OutputFolder(place.path, mode: .fresh).open()
  }
}
