import Foundation
import Imaging
import Jobs
import Models
import Synchronization
import Testing
import Training

@Suite("Epochs that learn from windows")
struct WindowEpochsTests {
  private let folders: RunFolders

  init() throws { folders = try RunFolders() }

  private var pictures: PictureFolder { folders.pictures }
  private func path(_ name: String) -> String { folders.path(name) }

  /// Windows of 24x20 in the first of three epochs.
  private static func windowed(_ job: inout TrainingJob) throws {
    job.schedule.epochs = 3
    job.windows = try SmallRun.windows(of: job, 1, .init(height: 24, width: 20))
  }

  @Test(
    "go on with whole images and all that was learned; stopped anywhere, to the same bits",
    arguments: [1, 3, 4])
  func aStoppedRunGoesOn(stop: Int) async throws {
    let whole = try await SmallRun(pictures, to: path("whole"), Self.windowed).train()
    #expect(whole.epochCount == 3)
    let run = try await SmallRun(pictures, to: path("run"), Self.windowed)
    await #expect(throws: Failure(.interrupted, "", "interrupted")) {
      try await run.train(stoppedAfter: stop)
    }
    _ = try await SmallRun(pictures, to: path("run"), mode: .resume, Self.windowed).train()
    try SmallRun.expectEqual(path("run"), path("whole"), "stopped after \(stop)")
    let plain = try await SmallRun(pictures, to: path("plain")) { $0.schedule.epochs = 3 }.train()
    #expect(plain.epochCount == 3)
    let same =
      try SmallRun.bytes("last.safetensors", in: path("plain"))
      == SmallRun.bytes("last.safetensors", in: path("whole"))
    #expect(!same)
  }

  @Test("of the size of whole images are as if they were none")
  func fullWindowsChangeNothing() async throws {
    _ = try await SmallRun(pictures, to: path("plain")).train()
    let run = try await SmallRun(pictures, to: path("run")) { job in
      job.windows = try SmallRun.windows(of: job, 1, .init(32))
    }
    _ = try await run.train()
    try SmallRun.expectEqual(path("run"), path("plain"), "windows of whole images")
  }

  @Test("are refused where a layer has one number of them, and beside maps of whole images")
  func mistakesAreRefused() async throws {
    let small = try await SmallRun(pictures, to: path("small")) { job in
      job.windows = try SmallRun.windows(of: job, 1, .init(16))
    }
    #expect(throws: Failure.self) { try small.job.check() }
    let maps = try await SmallRun(pictures, to: path("maps")) { job in
      try SmallRun.everything(&job)
      job.windows = try SmallRun.windows(of: job, 1, .init(24))
    }
    let failure = #expect(throws: Failure.self) { try maps.job.check() }
    #expect(failure?.place == "--random-crop" && failure?.hint?.contains("--augment none") == true)
  }

  @Test("are what a preview shows")
  func previewsShowWindows() async throws {
    let run = try await SmallRun(pictures, to: path("run"), Self.windowed)
    let previews = try await run.job.preview(2).pictures
    #expect(previews.allSatisfy { $0.read.width == 20 && $0.read.height == 24 })
    #expect(previews.count == 2)
  }
}
