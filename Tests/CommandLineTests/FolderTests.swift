import Foundation
import Testing

/// A run takes the place of an earlier run, when asked, and of nothing else.
@Suite struct FolderTests {
  static let common = ["--model", Program.model, "--device", "reference", "--method", "grad-cam"]

  func explain(_ words: [String], in folder: TemporaryFolder) throws -> Run {
    try Program.run(["explain"] + Self.common + words, in: folder.path)
  }

  /// What lies in a folder, with its bytes.
  func content(_ folder: TemporaryFolder, _ name: String) throws -> [String: [UInt8]] {
    let files = try folder.files(below: name)
    return Dictionary(
      uniqueKeysWithValues: try files.map { ($0, try folder.bytes("\(name)/\($0)")) })
  }

  static let foreign = [
    "results.jsonl", "run.json", "report.html", "sheet.png", "maps/notes.txt", "maps",
    "results.jsonl/mine.txt", "overlays/a.npy.grad-cam.top1.png",
  ]

  @Test(arguments: foreign, [[], ["--overwrite"], ["--resume"]])
  func whatIsNotOursStays(_ name: String, _ mode: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write(npy([3, 32, 32], picture()), to: "a.npy")
    try folder.write(Array(#"{"my": "metrics", "image": "a"}"#.utf8) + [10], to: "out/\(name)")
    let before = try content(folder, "out")
    let run = try explain(
      ["a.npy", "-q", "-o", "out", "--save", "map,overlay,report,sheet"] + mode, in: folder)
    #expect(run.code == 64, "\(run.errors)")
    #expect(run.errorLines.count == 1, "\(run.errors)")
    let first = name.split(separator: "/")[0]
    #expect(run.errors.contains("holds \(first)") && run.errors.contains("-o out-2"))
    #expect(try content(folder, "out") == before)
    let dry = try explain(
      ["a.npy", "--dry-run", "-o", "out", "--save", "map,overlay,report,sheet"] + mode, in: folder)
    #expect(dry.code == 64, "\(dry.errors)")
  }

  @Test func whatLiesBesideARunIsNotOverwritten() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] { try folder.write(npy([3, 32, 32], picture()), to: "\(name).npy") }
    let kinds = ["--save", "map", "-q", "-o", "out"]
    #expect(try explain(["a.npy"] + kinds, in: folder).code == 0)
    for name in ["maps/b.npy.grad-cam.top1.npy", "report.html"] {
      try folder.write([1, 2], to: "out/\(name)")
      let before = try content(folder, "out")
      let run = try explain(
        ["b.npy"] + kinds + ["--save", "report", "--overwrite"], in: folder)
      #expect(run.code == 64 && run.errors.contains("holds \(name),"), "\(run.errors)")
      #expect(try content(folder, "out") == before)
      try FileManager.default.removeItem(atPath: folder.file("out/\(name)"))
    }
    let run = try explain(["b.npy"] + kinds + ["--save", "report", "--overwrite"], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    #expect(
      try folder.files(below: "out") == [
        "maps/b.npy.grad-cam.top1.npy", "report.html", "results.jsonl", "run.json",
      ])
  }

  @Test func aKilledRunCanBeReplaced() throws {
    let folder = try TemporaryFolder()
    try folder.write(npy([60, 3, 32, 32], (0..<60).flatMap { picture($0) }), to: "many.npy")
    let words = ["many.npy", "-o", "out", "--batch-size", "2"]
    let running = try Program.start(["explain"] + Self.common + words, in: folder.path)
    let end = Date().addingTimeInterval(60)
    while running.printed.isEmpty, Date() < end { usleep(1000) }
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.wait()
    // Maps of which the journal does not tell yet are the run's all the same.
    try folder.write([1], to: "out/maps/many.npy.58.grad-cam.top1.npy")
    let run = try explain(words + ["--overwrite", "-q"], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    #expect(try folder.records("out/results.jsonl").count == 60)
  }

  @Test func aRunThatExplainsNothingLeavesTheOneBefore() throws {
    let folder = try TemporaryFolder()
    try folder.write(npy([3, 32, 32], picture()), to: "a.npy")
    var values = picture()
    values[0] = .nan
    try folder.write(npy([3, 32, 32], values), to: "bad.npy")
    #expect(try explain(["a.npy", "-q", "-o", "out"], in: folder).code == 0)
    let before = try content(folder, "out")
    #expect(before.count > 3)
    let nothing = try explain(["bad.npy", "-q", "-o", "out", "--overwrite"], in: folder)
    #expect([2, 66].contains(nothing.code), "\(nothing.errors)")
    #expect(nothing.errors.contains("out: nothing was explained, so the run before it is kept"))
    #expect(try content(folder, "out") == before)
    // A failure in front of the first image is told of once there is one.
    let some = try explain(
      ["bad.npy", "a.npy", "--batch-size", "1", "-t", "3", "-q", "-o", "out", "--overwrite"],
      in: folder)
    #expect(some.code == 2, "\(some.errors)")
    #expect(
      try folder.records("out/results.jsonl").map { $0["image"] as? String } == [
        "bad.npy", "a.npy",
      ])
    #expect(
      try folder.files(below: "out/maps") == ["a.npy.grad-cam.c3.npy"])
    #expect(try folder.document("out/run.json")["status"] as? String == "finished")
  }

  @Test func aDemoLeavesTheFilesOfOthers() throws {
    for name in ["pictures/images/000001.png", "report.html", "results.jsonl", "maps/a.npy"] {
      let folder = try TemporaryFolder()
      try folder.write([1, 2], to: "out/\(name)")
      let run = try Program.run(["demo", "-o", "out", "--device", "reference"], in: folder.path)
      #expect(run.code == 64 && run.errorLines.count == 1, "\(run.errors)")
      #expect(try folder.files(below: "out") == [name])
    }
  }
}
