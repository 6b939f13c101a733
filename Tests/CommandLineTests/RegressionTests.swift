import Foundation
import Testing

/// What a reviewer found once.
@Suite struct RegressionTests {
  static let basics = ["--model", Program.model, "--device", "reference", "--method", "grad-cam"]

  @Test func aDemoTakesThePlaceOfNothingButADemo() throws {
    let folder = try TemporaryFolder()
    try folder.write(npy([3, 32, 32], picture()), to: "a.npy")
    let first = try Program.run(["explain", "a.npy", "-o", "out"] + Self.basics, in: folder.path)
    #expect(first.code == 0, "\(first.errors)")
    let before = try folder.files(below: "out")
    let demo = try Program.run(["demo", "-o", "out", "--device", "reference"], in: folder.path)
    #expect(demo.code == 64)
    #expect(demo.errorLines.count == 1 && demo.errors.contains("-o out"), "\(demo.errors)")
    #expect(try folder.files(below: "out") == before)
  }

  @Test func aFullStandardOutputIsAnError() throws {
    let folder = try TemporaryFolder()
    try folder.write(npy([3, 32, 32], picture()), to: "a.npy")
    let words = (["explain", "a.npy", "--json", "-o", "out"] + Self.basics).map { "'\($0)'" }
    let shell = try Program.start(
      ["-c", "'\(Program.path)' \(words.joined(separator: " ")) > /dev/full"], in: folder.path,
      program: "/bin/sh")
    let run = try shell.wait()
    #expect(run.code == 74)
    #expect(run.errors.contains("standard output cannot be written: No space left"))
  }

  @Test func whatIsNoFileFailsAloneAndIsNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write(npy([3, 32, 32], picture()), to: "in/good.npy")
    mkfifo(folder.file("in/pipe.png"), 0o600)
    symlink("nowhere", folder.file("in/link.png"))
    let name = (Array(folder.file("in/bad").utf8) + [0xff] + Array(".png".utf8) + [0])
      .map { CChar(bitPattern: $0) }
    let descriptor = open(name, O_CREAT | O_WRONLY, 0o600)
    try #require(descriptor >= 0)
    close(descriptor)
    let run = try Program.run(["explain", "in", "-o", "out"] + Self.basics, in: folder.path)
    #expect(run.code == 2, "\(run.errors)")
    for part in ["pipe.png: is not a regular file", "link.png: no such file", "is not UTF-8"] {
      #expect(run.errors.contains(part), "\(part) in \(run.errors)")
    }
    #expect(try folder.records("out/results.jsonl").count == 4)
  }

  @Test func settingsOfARecipeGoWithItsMethod() throws {
    let folder = try TemporaryFolder()
    try folder.write(npy([3, 32, 32], picture()), to: "a.npy")
    let model = ["--model", Program.model, "--device", "reference", "--dry-run"]
    for words in [
      ["--recipe", "keras-blog", "--method", "group-cam"],
      ["--recipe", "group-cam-head", "--method", "grad-cam"], ["--recipe", "keras-blog"],
    ] {
      let run = try Program.run(["explain", "a.npy"] + words + model, in: folder.path)
      #expect(run.code == 0, "\(words): \(run.errors)")
    }
    let typed = try Program.run(
      ["explain", "a.npy", "--method", "group-cam", "--set", "grad-cam.reduce=mean"] + model,
      in: folder.path)
    #expect(typed.code == 64)
  }

  @Test func aLabelMayReadLikeAContrast() throws {
    let folder = try TemporaryFolder()
    try folder.write(npy([3, 32, 32], picture()), to: "a.npy")
    let labels = ["x vs y", "x", "y"] + (3..<10).map { "class \($0)" }
    try folder.write(Array(labels.joined(separator: "\n").utf8), to: "labels.txt")
    for (target, index) in [("x vs y", 0), ("x", 1)] {
      let run = try Program.run(
        ["explain", "a.npy", "--labels", "labels.txt", "-t", target, "-o", "\(index)"]
          + Self.basics, in: folder.path)
      #expect(run.code == 0, "\(run.errors)")
      let record = try #require(try folder.records("\(index)/results.jsonl").first)
      #expect((record["target"] as? [String: Any])?["index"] as? Int == index)
    }
    let contrast = try Program.run(
      ["explain", "a.npy", "--labels", "labels.txt", "-t", "y vs x", "-o", "2"] + Self.basics,
      in: folder.path)
    #expect(contrast.code == 0)
    #expect(try folder.files(below: "2/maps") == ["a.npy.grad-cam.c2-c1.npy"])
  }

  static let lines: [(String, Int32, String)] = [
    ("explain PICTURES -m MODEL --external-data-dir nowhere", 66, "--external-data-dir nowhere"),
    ("explain - -m MODEL", 66, "lists no paths"), ("scenes --count 2", 64, "-o"),
  ]

  @Test func aPictureInAPipeIsNoListOfPaths() throws {
    let folder = try TemporaryFolder()
    for (name, bytes) in [
      ("a.jpg", try Pictures.jpeg(40, 40)), ("a.npy", npy([3, 32, 32], picture())),
    ] {
      try folder.write(bytes, to: name)
      let run = try Program.run(["explain", "@\(name)", "--model", Program.model], in: folder.path)
      #expect(run.code == 65 && run.errorLines.count == 1, "\(run.errors)")
      #expect(run.errors.contains("a list of paths is read; leave out the @"), "\(run.errors)")
    }
    let words = ["verify", "a.jpg", "--model", Program.model]
    #expect(try Program.run(words, in: folder.path).errors.contains("float32 [N, C, H, W]"))
  }

  @Test(arguments: lines)
  func oneLineSaysWhat(_ words: String, _ code: Int32, _ part: String) throws {
    let typed = words.split(separator: " ").map { word -> String in
      switch word {
      case "PICTURES": Program.pictures
      case "MODEL": Program.model
      default: String(word)
      }
    }
    let run = try Program.run(typed)
    #expect(run.code == code, "\(run.errors)")
    #expect(run.errorLines.count == 1 && run.errors.contains(part), "\(run.errors)")
  }
}
