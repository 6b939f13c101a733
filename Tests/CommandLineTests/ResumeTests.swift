import Foundation
import Testing

/// A job that is stopped loses nothing that was finished.
@Suite struct ResumeTests {
  static let common = ["--model", Program.model, "--device", "reference", "--method", "grad-cam"]

  func explain(_ words: [String], in folder: TemporaryFolder) throws -> Run {
    try Program.run(["explain"] + Self.common + words, in: folder.path)
  }

  /// The records without the time they took.
  func records(_ folder: TemporaryFolder, _ name: String) throws -> [String] {
    try folder.records("\(name)/results.jsonl").map { record in
      var record = record
      record["milliseconds"] = nil
      return String(
        decoding: try JSONSerialization.data(withJSONObject: record, options: .sortedKeys),
        as: UTF8.self)
    }
  }

  @Test func aFolderWithRecordsIsNotTouchedUnasked() throws {
    let folder = try TemporaryFolder()
    #expect(try explain([Program.pictures, "-o", "out", "-q"], in: folder).code == 0)
    let before = try folder.bytes("out/run.json")
    let run = try explain([Program.pictures, "-o", "out"], in: folder)
    #expect(run.code == 64)
    for part in ["--resume", "--overwrite", "-o out-2"] { #expect(run.errors.contains(part)) }
    #expect(try folder.bytes("out/run.json") == before)
  }

  @Test func overwriteDeletesTheFilesOfThatRunOnly() throws {
    let folder = try TemporaryFolder()
    #expect(try explain([Program.pictures, "-o", "out", "-t", "3"], in: folder).code == 0)
    try folder.write([1], to: "out/maps/mine.npy")
    try folder.write([1], to: "out/notes.txt")
    try folder.write(
      Array(#"{"image": "x", "map": "maps/../notes.txt"}"#.utf8) + [10]
        + (try folder.bytes("out/results.jsonl")), to: "out/results.jsonl")
    #expect(try explain([Program.pictures, "-o", "out", "--overwrite"], in: folder).code == 0)
    let files = try folder.files(below: "out")
    #expect(files.contains("maps/mine.npy") && files.contains("notes.txt"))
    #expect(files.filter { $0.hasSuffix(".top1.npy") }.count == 5)
    #expect(!files.contains { $0.hasSuffix(".c3.npy") })
  }

  @Test func overwriteMatchesNoNames() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(40, 30), to: "in/ok.png")
    let words = ["in", "-o", "out", "--layer", "layer3", "--layer", "layer4"]
    let kinds = ["--save", "map,raw,overlay,blend,sheet,report"]
    let first = try explain(words + kinds + ["-t", "not:3", "-t", "2-1"], in: folder)
    #expect(first.code == 0, "\(first.errors)")
    let made = try folder.files(below: "out")
    #expect(made.count == 4 * 4 + 4)
    let mine = [
      "maps/ok.png.grad-cam.mynote.npy", "maps/ok.png.grad-cam.not-c3.layer3.mine.npy",
      "overlays/ok.png.grad-cam.mine.blend.png", "report-7.html", "sheet-2.png",
    ]
    for name in mine { try folder.write([1], to: "out/\(name)") }
    let second = try explain(
      ["in", "-o", "out", "--overwrite", "-t", "5", "--save", "none"], in: folder)
    #expect(second.code == 0, "\(second.errors)")
    #expect(
      try folder.files(below: "out") == (mine + ["results.jsonl", "run.json"]).sorted())
  }

  @Test func aFinishedRunOfAllTargetsIsNotDoneAgain() throws {
    let folder = try TemporaryFolder()
    let words = [Program.pictures, "-o", "out", "-t", "all"]
    #expect(try explain(words, in: folder).code == 0)
    let files = try folder.files(below: "out/maps").map { "out/maps/\($0)" }
    #expect(files.count == 50)
    let state = { (name: String) in
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.file(name))
      return (try #require(attributes[.modificationDate] as? Date), try folder.bytes(name))
    }
    let before = try files.map(state)
    let lines = try folder.bytes("out/results.jsonl")
    let run = try explain(words + ["--resume"], in: folder)
    #expect(run.lines.last?.hasPrefix("0 done, 5 done before, ") == true, "\(run.lines)")
    #expect(try folder.bytes("out/results.jsonl") == lines)
    for (name, old) in zip(files, before) {
      let new = try state(name)
      #expect(new.0 == old.0 && new.1 == old.1, "\(name)")
    }
    let texts = try folder.records("out/results.jsonl").prefix(10).map {
      ($0["target"] as? [String: Any])?["text"] as? String
    }
    #expect(texts == (0..<10).map(String.init))
  }

  @Test func aReportAloneShowsEarlierPicturesToo() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(64, 40), to: "in/a.png")
    let words = ["in", "-o", "out", "--save", "report"]
    #expect(try explain(words, in: folder).code == 0)
    let page = try folder.bytes("out/report.html")
    let same = try explain(words + ["--resume"], in: folder)
    #expect(same.lines.last?.hasPrefix("0 done, 1 done before, ") == true)
    #expect(try folder.bytes("out/report.html") == page)
    try folder.write(try Pictures.png(64, 40, seed: 1), to: "in/b.png")
    let more = try explain(words + ["--resume"], in: folder)
    #expect(more.lines.last?.hasPrefix("2 done, 0 failed") == true, "\(more.lines)")
    let text = String(decoding: try folder.bytes("out/report.html"), as: UTF8.self)
    #expect(!text.contains("map not kept"))
    #expect(text.components(separatedBy: "src=\"data:image/").count - 1 == 2 * 2 + 1)
    #expect(try folder.files(below: "out") == ["report.html", "results.jsonl", "run.json"])
  }

  @Test func anInputThatFailsAlwaysDoesNotMakeAReportAnew() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "c"] { try folder.write(try Pictures.png(64, 40), to: "in/\(name).png") }
    try folder.write([1, 2, 3], to: "in/b.png")
    let words = ["in", "-o", "out", "--save", "report"]
    #expect(try explain(words, in: folder).code == 2)
    let page = try folder.bytes("out/report.html")
    let records = try records(folder, "out")
    for _ in 0..<2 {
      let same = try explain(words + ["--resume"], in: folder)
      #expect(same.code == 2)
      #expect(
        same.lines.last?.hasPrefix("0 done, 2 done before, 1 failed") == true, "\(same.lines)")
      #expect(try folder.bytes("out/report.html") == page)
      #expect(try self.records(folder, "out") == records)
      #expect(try folder.files(below: "out") == ["report.html", "results.jsonl", "run.json"])
    }
    // Another reason stands in the report, and a picture that is mended is shown with the others.
    try folder.write(Array(try Pictures.png(64, 40).prefix(200)), to: "in/b.png")
    #expect(try explain(words + ["--resume"], in: folder).code == 2)
    let other = try folder.bytes("out/report.html")
    #expect(other != page)
    try folder.write(try Pictures.png(64, 40, seed: 1), to: "in/b.png")
    let mended = try explain(words + ["--resume"], in: folder)
    #expect(mended.lines.last?.hasPrefix("3 done, 0 failed") == true, "\(mended.lines)")
    let text = String(decoding: try folder.bytes("out/report.html"), as: UTF8.self)
    #expect(!text.contains("map not kept"))
    #expect(text.components(separatedBy: "src=\"data:image/").count - 1 == 3 * 2 + 1)
  }

  @Test func mapsForTheReportAloneGoAfterAStoppedRunToo() throws {
    let folder = try TemporaryFolder()
    try folder.write(npy([60, 3, 32, 32], (0..<60).flatMap { picture($0) }), to: "many.npy")
    let words = ["many.npy", "-o", "out", "--batch-size", "2", "--save", "report"]
    let running = try Program.start(["explain"] + Self.common + words, in: folder.path)
    let end = Date().addingTimeInterval(60)
    while running.printed.isEmpty, Date() < end { usleep(1000) }
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.wait()
    let run = try explain(words + ["--resume"], in: folder)
    #expect(run.lines.last?.contains(" done before, ") == true, "\(run.lines)")
    #expect(try folder.files(below: "out") == ["report.html", "results.jsonl", "run.json"])
    let text = String(decoding: try folder.bytes("out/report.html"), as: UTF8.self)
    #expect(!text.contains("map not kept"))
  }

  @Test func theOutputOfAResumedRunIsItsResults() throws {
    let folder = try TemporaryFolder()
    for name in ["b", "d"] { try folder.write(npy([3, 32, 32], picture()), to: "in/\(name).npy") }
    #expect(try explain(["in", "-o", "out", "-t", "top2"], in: folder).code == 0)
    for name in ["a", "c", "e"] {
      try folder.write(npy([3, 32, 32], picture(1)), to: "in/\(name).npy")
    }
    let run = try explain(["in", "-o", "out", "-t", "top2", "--resume", "--json"], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    #expect(Array(run.output.utf8) == (try folder.bytes("out/results.jsonl")))
    #expect(run.lines.count == 10)
    try FileManager.default.removeItem(atPath: folder.file("in/b.npy"))
    let fewer = try explain(["in", "-o", "out", "-t", "top2", "--resume", "--json"], in: folder)
    #expect(fewer.lines.count == 10)
    #expect(Array(fewer.output.utf8) == (try folder.bytes("out/results.jsonl")))
  }

  @Test func resumeRefusesAnotherCommand() throws {
    let folder = try TemporaryFolder()
    #expect(try explain([Program.pictures, "-o", "out", "-q"], in: folder).code == 0)
    for words in [
      ["-t", "3"], ["--seed", "4"], ["--method", "group-cam"], ["--layer", "layer3"],
    ] {
      let run = try explain([Program.pictures, "-o", "out", "--resume"] + words, in: folder)
      #expect(run.code == 64)
      #expect(run.errors.contains("--resume: \(words[0] == "-t" ? "--target" : words[0]) was "))
    }
    let harmless = try explain(
      [Program.pictures, "-o", "out", "--resume", "--batch-size", "2"], in: folder)
    #expect(harmless.code == 0)
    #expect(harmless.lines.last?.hasPrefix("0 done, 5 done before, ") == true)
  }

  @Test func damagedResultsAreMendedByResuming() throws {
    let folder = try TemporaryFolder()
    #expect(try explain([Program.pictures, "-o", "whole", "-q"], in: folder).code == 0)
    #expect(try explain([Program.pictures, "-o", "out", "-q"], in: folder).code == 0)
    // The second map is lost, the last line is cut off in its middle.
    try FileManager.default.removeItem(
      atPath: folder.file("out/maps/pictures.input.npy.1.grad-cam.top1.npy"))
    let lines = try folder.bytes("out/results.jsonl")
    try folder.write(Array(lines.dropLast(40)), to: "out/results.jsonl")
    let run = try explain([Program.pictures, "-o", "out", "--resume"], in: folder)
    #expect(run.code == 0)
    #expect(run.lines.last?.hasPrefix("2 done, 3 done before, ") == true)
    #expect(try records(folder, "out") == records(folder, "whole"))
    #expect(try folder.files(below: "out") == folder.files(below: "whole"))
  }

  @Test func failedInputsAreTriedAgain() throws {
    let folder = try TemporaryFolder()
    try folder.write(npy([3, 32, 32], picture()), to: "in/b.npy")
    try folder.write([1, 2, 3], to: "in/a.npy")
    #expect(try explain(["in", "-o", "out"], in: folder).code == 2)
    try folder.write(npy([3, 32, 32], picture(1)), to: "in/a.npy")
    #expect(try explain(["in", "-o", "out", "--resume"], in: folder).code == 0)
    let records = try folder.records("out/results.jsonl")
    #expect(records.map { $0["image"] as? String } == ["a.npy", "b.npy"])
    #expect(records.allSatisfy { $0["error"] == nil })
  }

  @Test(arguments: [SIGINT, SIGKILL])
  func aStoppedRunGoesOnWhereItStopped(_ signal: Int32) throws {
    let folder = try TemporaryFolder()
    let stack = (0..<60).flatMap { picture($0) }
    try folder.write(npy([60, 3, 32, 32], stack), to: "many.npy")
    #expect(try explain(["many.npy", "-o", "whole", "-q"], in: folder).code == 0)
    let words = ["many.npy", "-o", "out", "--batch-size", "2"]
    let running = try Program.start(["explain"] + Self.common + words, in: folder.path)
    let end = Date().addingTimeInterval(60)
    while running.printed.isEmpty, Date() < end { usleep(1000) }
    kill(running.process.processIdentifier, signal)
    let run = try running.wait()
    #expect(run.code == (signal == SIGINT ? 130 : 128 + SIGKILL))
    if signal == SIGINT {
      #expect(run.errorLines.last == "salient: interrupted")
      #expect(try folder.document("out/run.json")["status"] as? String == "interrupted")
    }
    let finished = try folder.records("out/results.jsonl").count
    #expect(finished > 0 && finished < 60)
    #expect(try explain(words + ["--resume", "-q"], in: folder).code == 0)
    #expect(try records(folder, "out") == records(folder, "whole"))
    let files = try folder.files(below: "out/maps")
    #expect(try files == folder.files(below: "whole/maps"))
    for file in files {
      #expect(try folder.bytes("out/maps/\(file)") == folder.bytes("whole/maps/\(file)"))
    }
  }

  @Test func aFullDiskKeepsWhatWasFinished() throws {
    let folder = try TemporaryFolder()
    let command =
      "ulimit -f 12; '\(Program.path)' explain '\(Program.pictures)' --batch-size 1 -o out -q "
      + Self.common.map { "'\($0)'" }.joined(separator: " ") + " --target all"
    let run = try Program.start(["-c", command], in: folder.path, program: "/bin/bash").wait()
    #expect(run.code == 74)
    #expect(run.errorLines.count == 1)
    #expect(run.errors.contains("--resume"))
    #expect(
      try explain([Program.pictures, "--target", "all", "-o", "out", "--resume"], in: folder).code
        == 0)
    #expect(try folder.records("out/results.jsonl").count == 50)
  }

  @Test func twoProcessesDoNotWriteIntoOneFolder() throws {
    let folder = try TemporaryFolder()
    let stack = (0..<40).flatMap { picture($0) }
    try folder.write(npy([40, 3, 32, 32], stack), to: "many.npy")
    let words = ["explain"] + Self.common + ["many.npy", "-o", "out", "--batch-size", "1"]
    let first = try Program.start(words, in: folder.path)
    let end = Date().addingTimeInterval(60)
    while first.printed.isEmpty, Date() < end { usleep(1000) }
    // It is held, lest it ends before the second has begun.
    kill(first.process.processIdentifier, SIGSTOP)
    let second = Result { try Program.run(words + ["--resume"], in: folder.path) }
    kill(first.process.processIdentifier, SIGINT)
    kill(first.process.processIdentifier, SIGCONT)
    _ = try first.wait()
    let run = try second.get()
    #expect(run.code == 75)
    #expect(run.errors.contains("another salient"))
  }
}
