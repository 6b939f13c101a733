import Foundation
import Jobs
import Synchronization
import Testing
import Training

@Suite("A training run that is killed between two of its files")
struct KillWindowTests {
  /// What an epoch writes, in this order.
  private static let files = [
    "best.safetensors", "last.safetensors", "training.jsonl", "state/state.safetensors",
  ]

  private let folders: RunFolders

  init() throws { folders = try RunFolders() }

  private var pictures: PictureFolder { folders.pictures }
  private func path(_ name: String) -> String { folders.path(name) }

  private func copy(_ source: String, to target: String) throws {
    try? FileManager.default.removeItem(atPath: path(target))
    let folder = URL(filePath: path(target)).deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: path(source), toPath: path(target))
  }

  private func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: path(name))
  }

  /// Writes how many epochs the records of a run have.
  private static func page(_ job: inout TrainingJob) {
    let folder = job.folder
    job.closing = { _ throws(Failure) in
      let count = try folder.recordLines().count
      try WholeFile.write("\(count)", to: folder.file("report.html"))
    }
  }

  @Test("resumed has the bits of one that was not", arguments: [0, 1])
  func anEpochIsDoneAgain(epoch: Int) async throws {
    let (source, copies) = (path("whole"), path("left"))
    // What lies there before the first step, and behind each epoch.
    _ = try await SmallRun(pictures, to: source).train { event in
      let left: Int? =
        switch event {
        case .stepped(let progress) where progress.epoch == 1 && progress.stepCount == 1: 0
        case .finished(let record): record.epoch
        default: nil
        }
      if let left { try? FileManager.default.copyItem(atPath: source, toPath: "\(copies)-\(left)") }
    }
    for count in 1..<Self.files.count {
      let run = "run-\(count)"
      try copy("left-\(epoch)", to: run)
      for name in Self.files.prefix(count) {
        try copy("left-\(epoch + 1)/\(name)", to: "\(run)/\(name)")
      }
      // And a record that was cut off.
      let journal = URL(filePath: path("\(run)/training.jsonl"))
      try (Data(contentsOf: journal) + Data(#"{"schema": 1, "epo"#.utf8)).write(to: journal)
      _ = try await SmallRun(pictures, to: path(run), mode: .resume).train()
      try SmallRun.expectEqual(path(run), source, "killed behind \(count) files")
    }
  }

  @Test("behind its state and before its report it draws the report")
  func theReportIsDrawn() async throws {
    let whole = try await SmallRun(pictures, to: path("run"), Self.page).train()
    #expect(try SmallRun.bytes("report.html", in: path("run")) == Data("2".utf8))
    try remove("run/report.html")
    let rest = try await SmallRun(pictures, to: path("run"), mode: .resume, Self.page).train()
    #expect(rest == whole)
    #expect(try SmallRun.bytes("report.html", in: path("run")) == Data("2".utf8))
  }

  @Test("an epoch is told before its report is drawn, and goes on where that failed")
  func aReportThatFailsLosesNoEpoch() async throws {
    _ = try await SmallRun(pictures, to: path("whole")).train()
    let full = Failure(.inputOutput, "report.html", "No space left on device")
    let epochs = Mutex<[Int]>([])
    let run = try await SmallRun(pictures, to: path("run")) { job in
      job.closing = { _ throws(Failure) in throw full }
    }
    await #expect(throws: full) {
      try await run.train { event in
        if case .finished(let record) = event { epochs.withLock { $0.append(record.epoch) } }
      }
    }
    #expect(epochs.withLock { $0 } == [1])
    _ = try await SmallRun(pictures, to: path("run"), mode: .resume).train()
    try SmallRun.expectEqual(path("run"), path("whole"), "a report could not be drawn")
  }

  @Test("while it deletes an earlier run leaves what --overwrite and --resume take")
  func overwritingIsDoneAgain() async throws {
    _ = try await SmallRun(pictures, to: path("whole")).train()
    try copy("whole", to: "run")
    let (again, rest) = (
      try await SmallRun(pictures, to: path("run"), mode: .overwrite),
      try await SmallRun(pictures, to: path("run"), mode: .resume)
    )
    for name in ["best.safetensors", "last.safetensors", "state", "training.jsonl"] {
      try remove("run/\(name)")
      try again.job.checkFolder(against: SmallRun.record)
      try rest.job.checkFolder(against: SmallRun.record)
    }
    _ = try await rest.train()
    try SmallRun.expectEqual(path("run"), path("whole"), "resumed behind an --overwrite")
    _ = try await again.train()
    try SmallRun.expectEqual(path("run"), path("whole"), "overwritten")
  }
}
