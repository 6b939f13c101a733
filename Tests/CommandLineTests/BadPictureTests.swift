import Foundation
import Testing

/// Pictures that cannot be used: one line each, the right code, the rest finished.
@Suite struct BadPictureTests {
  static let pictures = [
    BadInputTests.BadFile("cut.png", 65, "is a damaged PNG file") {
      Array(((try? Pictures.png(90, 60)) ?? []).dropLast(200))
    },
    BadInputTests.BadFile("cut.jpg", 65, "is a damaged JPEG file") {
      let bytes = (try? Pictures.jpeg(90, 60)) ?? []
      return Array(bytes.prefix(bytes.count / 2))
    },
    BadInputTests.BadFile("text.png", 65, "is text, neither PNG nor JPEG") {
      Array("no picture\n".utf8)
    },
    BadInputTests.BadFile("empty.jpeg", 65, "is empty, neither PNG nor JPEG") { [] },
    BadInputTests.BadFile("huge.png", 65, "60000x60000 is more than 89478485 pixels") {
      (try? Pictures.png(stating: 60_000)) ?? []
    },
    BadInputTests.BadFile("bomb.jpg", 65, "more than 500 scans") {
      (try? Pictures.scanBomb()) ?? []
    },
    BadInputTests.BadFile("flipped.png", 65, "is a damaged PNG file") {
      var bytes = (try? Pictures.png(90, 60)) ?? []
      for place in stride(from: 60, to: bytes.count, by: 40) { bytes[place] ^= 0xff }
      return bytes
    },
    BadInputTests.BadFile("moving.gif", 65, "is a GIF file") { Array("GIF89a\0\0".utf8) },
  ]

  @Test(arguments: pictures)
  func aBadPictureIsOneLineAndTheRestIsDone(_ bad: BadInputTests.BadFile) throws {
    let folder = try TemporaryFolder()
    try folder.write(bad.make(), to: bad.name)
    try folder.write(try Pictures.png(40, 40), to: "good.png")
    let words = ["--model", Program.model, "--device", "reference", "--method", "grad-cam"]
    let run = try Program.run(
      ["explain", bad.name, "good.png", "-o", "out"] + words, in: folder.path)
    #expect(run.code == 2, "\(run.errors)")
    let complaints = run.errorLines.filter { $0.hasPrefix("salient: ") }
    #expect(complaints.count == 1)
    #expect(complaints.first?.hasPrefix("salient: \(bad.name): ") == true)
    #expect(complaints.first?.contains(bad.message) == true, "\(complaints)")
    let records = try folder.records("out/results.jsonl")
    let error = try #require(records[0]["error"] as? [String: Any])
    #expect(Set(error.keys) == ["code", "message", "hint"])
    #expect(error["code"] as? Int == bad.code)
    #expect(records[1]["error"] == nil && records[1]["overlay"] as? String != nil)
    let alone = try Program.run(["explain", bad.name, "-o", "two"] + words, in: folder.path)
    #expect(alone.code == 66)
    #expect(alone.errorLines.filter { $0.hasPrefix("salient: ") }.count == 1)
  }

  @Test func amongGoodOnesAMissingFileAndTwoOfOneName() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(40, 40), to: "good.png")
    let words = ["--model", Program.model, "--device", "reference", "--method", "grad-cam"]
    let run = try Program.run(
      ["explain", "good.png", "gone.png", "-o", "out"] + words, in: folder.path)
    #expect(run.code == 2)
    #expect(run.errorLines.last == "salient: gone.png: no such file")
    let same = try Program.run(
      ["explain", "good.png", "./good.png", "-o", "two"] + words, in: folder.path)
    #expect(same.code == 64)
    #expect(same.errors.contains("./good.png") && same.errors.contains("as good.png"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("two")))
  }

  @Test func aLimitOfPixelsIsObeyed() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(41, 40), to: "a.png")
    let words = ["--model", Program.model, "--device", "reference", "--method", "grad-cam"]
    let run = try Program.run(
      ["explain", "a.png", "--max-pixels", "1639"] + words, in: folder.path)
    #expect(run.code == 66)
    #expect(run.errors.contains("41x40 is more than 1639 pixels"))
    let fitting = try Program.run(
      ["explain", "a.png", "--max-pixels", "1640"] + words, in: folder.path)
    #expect(fitting.code == 0, "\(fitting.errors)")
  }
}
