import Foundation
import Testing

extension EvaluateTests {
  @Test("a run that is killed goes on, and ends as if nothing had happened")
  func killedRunResumes() throws {
    let folder = try TemporaryFolder()
    let words =
      [Program.pictures, "--method", "rise:masks=300,grad-cam", "--metric", "deletion,sparseness"]
      + ["--batch-size", "1"]
    #expect(try evaluate(words + ["-o", "whole"], in: folder).code == 0)
    let running = try Program.start(
      ["evaluate"] + Self.common + words + ["-o", "out"], in: folder.path)
    let end = Date().addingTimeInterval(120)
    var lines = 0
    while lines < 4, running.process.isRunning, Date() < end {
      usleep(1000)
      lines = ((try? folder.bytes("out/evaluation.jsonl")) ?? []).count { $0 == 10 }
    }
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.wait()
    // Else it had ended, and nothing is left to go on with: five images, two methods, two metrics.
    #expect(try folder.bytes("out/evaluation.jsonl").count { $0 == 10 } < 5 * 2 * 2)
    let torn = try folder.bytes("out/evaluation.jsonl") + Array(#"{"schema": 1, "ima"#.utf8)
    try folder.write(torn, to: "out/evaluation.jsonl")
    #expect(try evaluate(words + ["-o", "out"], in: folder).code == 64)
    let dry = try evaluate(words + ["-o", "out", "--dry-run"], in: folder)
    #expect(dry.code == 0 && dry.errors.contains("forwards"), "\(dry.errors)")
    #expect(try folder.bytes("out/evaluation.jsonl") == torn)
    let other = try evaluate(words + ["-o", "out", "--resume", "--seed", "3"], in: folder)
    #expect(other.code == 64 && other.errors.contains("--seed was 0 and is 3"), "\(other.errors)")
    let more = try evaluate(words + ["-o", "out", "--resume", "--limit", "3"], in: folder)
    #expect(more.code == 64 && more.errors.contains("--limit was not given and is 3"))
    let run = try evaluate(words + ["-o", "out", "--resume"], in: folder)
    #expect(run.code == 0 && run.output.contains("done before"), "\(run.errors)")
    #expect(try folder.bytes("out/evaluation.jsonl") == folder.bytes("whole/evaluation.jsonl"))
    #expect(try folder.bytes("out/summary.json") == folder.bytes("whole/summary.json"))
    #expect(try evaluate(words + ["-o", "out", "--overwrite"], in: folder).code == 0)
    let explain = try Program.run(
      ["explain", Program.pictures] + Self.common + ["-o", "out"], in: folder.path)
    #expect(explain.code == 64 && explain.errors.contains("evaluation.jsonl"))
  }

  @Test("a run that is interrupted says how far it got and how it goes on")
  func interruptedRun() throws {
    let folder = try TemporaryFolder()
    let words =
      [Program.pictures, "--method", "rise:masks=600", "--metric", "sparseness"]
      + ["--batch-size", "1", "-o", "out"]
    let running = try Program.start(["evaluate"] + Self.common + words, in: folder.path)
    let end = Date().addingTimeInterval(120)
    while ((try? folder.bytes("out/evaluation.jsonl")) ?? []).isEmpty, running.process.isRunning,
      Date() < end
    { usleep(1000) }
    kill(running.process.processIdentifier, SIGINT)
    let run = try running.wait()
    #expect(run.code == 130, "\(run.errors)")
    let line = try #require(run.errorLines.last)
    #expect(line.hasPrefix("salient: interrupted after "), "\(line)")
    #expect(line.hasSuffix(" of 5 images; the same command with --resume goes on"), "\(line)")
    let resumed = try evaluate(words + ["--resume"], in: folder)
    #expect(resumed.code == 0 && resumed.output.contains("done before"), "\(resumed.errors)")
  }
}
