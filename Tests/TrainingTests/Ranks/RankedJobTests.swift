import Execution
import Jobs
import Synchronization
import Testing
import Training

@Suite("A training run of several ranks")
struct RankedJobTests {
  private let folders: RunFolders

  init() throws { folders = try RunFolders() }

  private var pictures: PictureFolder { folders.pictures }
  private func path(_ name: String) -> String { folders.path(name) }

  /// Steps of four pictures in two parts, by one rank that does both or by two.
  private func train(
    to name: String, ranks count: Int, mode: OutputFolder.Mode = .fresh,
    stoppedAfter stop: Int? = nil,
    _ change: @escaping @Sendable (inout TrainingJob) throws -> Void = { _ in },
    watch: @escaping @Sendable (Int, TrainingEvent) -> Void = { _, _ in }
  ) async -> [Result<TrainingOutcome, any Error>] {
    let (pictures, output) = (pictures, path(name))
    return await onRanks(count) { ranks in
      let run = try await SmallRun(
        pictures, to: output, mode: mode, batchSize: 2, accumulation: 2 / count, with: ranks,
        change)
      let isStopped = ranks.rank == count - 1
      return try await run.train(stoppedAfter: isStopped ? stop : nil) { watch(ranks.rank, $0) }
    }
  }

  @Test("leaves what one rank leaves that does both parts, maps, dropouts and probe included")
  func ranksEqualOne() async throws {
    let one = await train(to: "one", ranks: 1, SmallRun.everything)
    let two = await train(to: "two", ranks: 2, SmallRun.everything)
    let outcome = try #require(one.first).get()
    #expect(try two.map { try $0.get() } == [outcome, outcome])
    try SmallRun.expectEqual(path("two"), path("one"), "two ranks")
    let records = try SmallRun.records(in: path("two"))
    #expect(records.map { $0["steps"]?.integer } == [3, 6])
    #expect(records.allSatisfy { $0["images"]?.integer == 10 && $0["map_change"]?.number != 0 })
    _ = try await SmallRun(pictures, to: path("whole"), SmallRun.everything).train()
    #expect(
      try SmallRun.bytes("last.safetensors", in: path("whole"))
        != SmallRun.bytes("last.safetensors", in: path("one")), "parts have their own statistics")
  }

  @Test("stops on all ranks at once, and goes on on as many parts", arguments: [1, 3, 4])
  func aStoppedRunGoesOn(stop: Int) async throws {
    _ = await train(to: "whole", ranks: 1, SmallRun.everything)
    let stopped = await train(to: "run", ranks: 2, stoppedAfter: stop, SmallRun.everything)
    for result in stopped {
      #expect(throws: Failure(.interrupted, "", "interrupted")) { try result.get() }
    }
    let other = await train(to: "run", ranks: 2, mode: .resume) { job in
      job = TrainingJob(
        job.model, job.options, job.schedule, training: job.training, validation: job.validation,
        batchSize: 1, accumulation: 2, folder: job.folder, on: job.backend, with: job.ranks)
      try SmallRun.everything(&job)
    }
    for result in other {
      let failure = #expect(throws: Failure.self) { try result.get() }
      #expect(failure?.what.hasPrefix("a step had 2 parts and would have 4") == true)
    }
    let resumed = Mutex<[Int]>([])
    let rest = await train(
      to: "run", ranks: stop == 3 ? 1 : 2, mode: .resume, SmallRun.everything,
      watch: { _, event in
        guard case .resumed(let epochs, let steps) = event else { return }
        resumed.withLock { $0.append(3 * epochs + steps) }
      })
    for result in rest { _ = try result.get() }
    #expect(resumed.withLock { Set($0) } == [stop])
    try SmallRun.expectEqual(path("run"), path("whole"), "stopped after \(stop)")
  }

  @Test("counts a picture that cannot be read once, whoever meets it")
  func unreadablePicturesAreCountedOnce() async throws {
    for name in ["a/1.png", "b/deep/2.png"] {
      let bytes = try InputList.contents(of: "\(pictures.path)/\(name)")
      try pictures.write(Array(bytes.prefix(60)), to: name)
    }
    let one = await train(to: "one", ranks: 1)
    let told = Mutex<[Int: Set<String>]>([:])
    let two = await train(
      to: "two", ranks: 2,
      watch: { rank, event in
        guard case .unreadable(let failure) = event else { return }
        _ = told.withLock { $0[rank, default: []].insert(failure.place) }
      })
    let outcomes = try (one + two).map { try $0.get() }
    #expect(outcomes.map(\.unreadableCount) == [2, 2, 2])
    #expect(told.withLock { $0.mapValues(\.count) } == [0: 2, 1: 2])
    try SmallRun.expectEqual(path("two"), path("one"), "with unreadable pictures")
    let records = try SmallRun.records(in: path("two"))
    #expect(records.map { $0["unreadable"]?.integer } == [2, 2])
    #expect(records.map { $0["images"]?.integer } == [8, 8])
  }

  /// Fails at the second step of a rank.
  private struct Failing: BatchAugmentation {
    func augmented(
      _ images: any ResidentTensor, labels: [Int], at place: BatchPlace
    ) async throws(TrainingError) -> any ResidentTensor {
      guard place.batch == 1 else { return images }
      throw .backend(.device("the card fell off the bus"))
    }
  }

  @Test("ends on all ranks where one fails, and run.json says which")
  func aFailingRankEndsTheOthers() async throws {
    let results = await train(to: "run", ranks: 2) { job in
      if job.ranks.rank == 1 { job.augmentation = { _, _ in Failing() } }
    }
    #expect(results.count == 2)
    for result in results {
      let failure = #expect(throws: Failure.self) { try result.get() }
      #expect(failure?.place.hasPrefix("rank 1, ") == true, "\(String(describing: failure))")
      #expect(failure?.what.contains("the card fell off the bus") == true)
    }
    let record = JSONValue(parsing: try SmallRun.bytes("run.json", in: path("run")))
    #expect(record?["status"]?.string == "failed")
    #expect(record?["error"]?.string?.hasPrefix("rank 1, ") == true)
  }

  @Test("ends on all ranks where the first cannot write")
  func aFolderInTheWayEndsAll() async throws {
    try folders.outputs.write("in the way", to: "run/state")
    let results = await train(to: "run", ranks: 2)
    #expect(results.count == 2)
    for result in results {
      let failure = #expect(throws: Failure.self) { try result.get() }
      #expect(failure?.kind == .inputOutput && failure?.place.contains("run/state") == true)
    }
  }

  @Test("does not begin where ranks have different pictures")
  func otherPicturesAreRefused() async throws {
    let others = try SmallRun.folder()
    try others.write(try InputList.contents(of: "\(others.path)/a/1.png"), to: "a/9.png")
    let (pictures, output) = (pictures, path("run"))
    let results = await onRanks(2) { ranks in
      let own = ranks.isFirst ? pictures : others
      return try await SmallRun(own, to: output, batchSize: 2, with: ranks).train()
    }
    for result in results {
      let failure = #expect(throws: Failure.self) { try result.get() }
      #expect(failure?.place == "rank 1" && failure?.kind == .content)
    }
  }

  @Test(
    "does not begin where ranks were asked for other things, places and machines apart",
    arguments: [("lr", true), ("seed", true), ("accumulate", true), ("data", false)])
  func otherFlagsAreRefused(flag: String, isRefused: Bool) async throws {
    let (pictures, output) = (pictures, path("run"))
    let results = await onRanks(2) { ranks in
      let parts = flag == "accumulate" ? 1 + ranks.rank : 1
      var run = try await SmallRun(
        pictures, to: output, batchSize: 2, accumulation: parts, with: ranks)
      if flag != "accumulate" { run.flags = [.init(flag, .string("\(ranks.rank)"))] }
      return try await run.train()
    }
    for result in results {
      guard isRefused else {
        _ = try result.get()
        continue
      }
      let failure = #expect(throws: Failure.self) { try result.get() }
      #expect(failure?.place == "rank 1" && failure?.what.hasSuffix("or flags than rank 0") == true)
    }
  }

  @Test("normalises by the pictures of all ranks, as one with the whole batch does")
  func sharedStatistics() async throws {
    let two = await train(to: "two", ranks: 2) { $0.options.sharesStatistics = true }
    for result in two { _ = try result.get() }
    _ = try await SmallRun(pictures, to: path("one")).train()
    let pairs = zip(
      try SmallRun.records(in: path("two")), try SmallRun.records(in: path("one")))
    for (found, expected) in pairs {
      for key in ["loss", "validation_loss"] {
        let (a, b) = (try #require(found[key]?.number), try #require(expected[key]?.number))
        #expect(abs(a - b) <= 1e-5 * b, "\(key)")
      }
    }
  }
}
