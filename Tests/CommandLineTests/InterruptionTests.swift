import Foundation
import Testing

/// `verify`, `bench` and `tune` where somebody stops them.
@Suite("An interruption is one line and 130", .tags(.device))
struct InterruptionTests {
  @Test(
    "what checks and times kernels ends where it is",
    arguments: [
      ["verify"], ["tune", Program.model, "--batch-size", "4"],
      ["bench", Program.model, "--method", "grad-cam,rise"],
    ])
  func oneSignal(words: [String]) throws {
    let folder = try TemporaryFolder()
    let running = try start(words, in: folder)
    kill(running.process.processIdentifier, SIGINT)
    let run = try running.wait()
    #expect(run.code == 130, "\(run.errors)")
    #expect(run.errorLines.filter { $0.hasPrefix("salient: ") } == ["salient: interrupted"])
    #expect(run.errorLines.last == "salient: interrupted")
  }

  @Test(
    "a second signal leaves the one line too: behind the first, and behind the line",
    arguments: [false, true])
  func twoSignals(waitsForLine: Bool) throws {
    let folder = try TemporaryFolder()
    let running = try start(["verify"], in: folder)
    let process = running.process.processIdentifier
    kill(process, SIGINT)
    if waitsForLine {
      // Without a pause: the process ends right behind its line.
      let end = Date().addingTimeInterval(120)
      while running.process.isRunning, running.complained.isEmpty, Date() < end {}
    } else {
      usleep(1000)
    }
    if running.process.isRunning { kill(process, SIGINT) }
    let run = try running.wait()
    #expect(run.code == 130 && run.errors == "salient: interrupted\n", "\(run.errors)")
  }

  /// A command that has begun to say what it found, with a cache folder of its own.
  private func start(_ words: [String], in folder: TemporaryFolder) throws -> RunningProgram {
    let running = try Program.start(
      words, in: folder.path, setting: ["XDG_CACHE_HOME": folder.file("cache")])
    let end = Date().addingTimeInterval(120)
    while running.printed.isEmpty, running.complained.isEmpty, Date() < end { usleep(1000) }
    return running
  }
}
