import Foundation
import Imaging
import Testing

/// What a training run says beforehand, and what of it is kept.
@Suite struct TrainHeaderTests {
  private let folder: TemporaryFolder
  private let words = [
    "train", "photos", "--arch", "salient-scenes", "--size", "32", "--batch-size", "4",
    "--validation", "photos", "--threads", "2",
  ]

  init() throws {
    folder = try TemporaryFolder()
    for number in 0..<4 {
      for (name, seed) in [("left", number), ("right", 90 + number)] {
        try folder.write(
          try Pictures.png(40, 36, seed: seed), to: "photos/\(name)/\(number).png")
      }
    }
  }

  @Test("the header names layer, settings, memory and files passed over; a dry run leaves nothing")
  func theHeaderSaysWhatIsDone() throws {
    try folder.write([1], to: "photos/left/notes.txt")
    let files = try folder.files()
    let run = try Program.run(
      words + ["--augment", "group-cam", "--probe", "photos/left", "--dry-run"], in: folder.path)
    #expect(run.code == 0, "\(run.errors)")
    func line(_ head: String) throws -> String {
      try #require(run.errorLines.first { $0.hasPrefix("\(head) ") }, "\(run.errors)")
    }
    let augment = try line("augment")
    #expect(augment.contains(" at layer") && augment.contains("variant=fast, groups=16"))
    #expect(augment.contains("every=1"))
    let probe = try line("probe")
    #expect(probe.contains("photos/left  4 pictures") && probe.contains(" at layer"))
    #expect(try line("device").contains("iB"))
    #expect(run.errors.contains("note     photos: passed over 1 file (1 .txt)"))
    #expect(try folder.files() == files)
    #expect(!FileManager.default.fileExists(atPath: folder.file("salient-out")))
  }

  @Test("a run of one epoch keeps what was chosen, shows dots, and its recipe is no obstacle")
  func aRunKeepsWhatWasChosen() throws {
    let more = [
      "--epochs", "1", "--recipe", "group-cam-paper", "--probe", "photos/left", "-o", "run",
    ]
    let run = try Program.run(words + more, in: folder.path)
    #expect(run.code == 0, "\(run.errors)")
    let record = try folder.document("run/run.json")
    let chosen = try #require(record["chosen"] as? [String: Any])
    #expect((chosen["layer"] as? String)?.hasPrefix("layer") == true)
    let augment = try #require(chosen["augment"] as? [String: Any])
    #expect(augment["method"] as? String == "group-cam" && augment["variant"] as? String == "fast")
    let bytes = { (key: String) in (record[key] as? [String: Any])?["device_bytes"] as? Double }
    let (predicted, real) = (try #require(bytes("predicted")), try #require(bytes("real")))
    #expect(predicted > real / 3 && predicted < real * 3, "\(predicted) for \(real)")
    let page = String(decoding: try folder.bytes("run/report.html"), as: UTF8.self)
    #expect(page.components(separatedBy: "<circle").count - 1 == 6)
    let resumed = try Program.run(
      [
        "train", "photos", "--arch", "salient-scenes", "--from", "run/run.json", "--resume", "-o",
        "run",
      ], in: folder.path)
    #expect(resumed.code == 0, "\(resumed.errors)")
  }

  @Test("the header says what becomes of pictures; windows and colours are in the preview")
  func theHeaderSaysWhatPicturesBecome() throws {
    let plain = try Program.run(words + ["--dry-run"], in: folder.path)
    #expect(plain.errors.contains("; to learn from: random parts, mirrored or not\n"))
    #expect(plain.errors.contains("32x32 scenes [default]"), "\(plain.errors)")
    let more = [
      "--crop-scale", "0.5,1", "--flip", "0", "--random-crop", "24x20:2", "--invert", "1",
      "--preview", "2", "-o", "seen",
    ]
    let run = try Program.run(words + more, in: folder.path)
    #expect(run.code == 0, "\(run.errors)")
    let said = "random parts, 0.5 to 1.0 of the area, windows of 24x20 in 2 epochs, other colours"
    #expect(run.errors.contains("; to learn from: \(said)\n"), "\(run.errors)")
    let picture = try PictureFile(folder.bytes("seen/preview/000-read.png")).picture
    #expect(picture.width == 20 && picture.height == 24)
  }

  @Test("a run that does not fit is refused before it begins, and leaves nothing")
  func tooLittleMemory() throws {
    for more in [[], ["--dry-run"]] {
      let run = try Program.run(words + ["--memory", "1M", "-o", "small"] + more, in: folder.path)
      #expect(run.code == 75, "\(run.errors)")
      #expect(run.errorLines.last?.contains(" more than may be used; give a smaller") == true)
      #expect(try !folder.files().contains { $0.hasPrefix("small") })
    }
    let preview = ["--memory", "1M", "--preview", "2"]
    #expect(try Program.run(words + preview, in: folder.path).code == 0)
  }

  @Test("a preview tells of pictures that cannot be read, and of those that stay as they are")
  func aPreviewTellsWhatIsMissing() throws {
    let bytes = try folder.bytes("photos/left/1.png")
    try folder.write(Array(bytes.prefix(60)), to: "photos/left/1.png")
    let run = try Program.run(
      words + ["--augment", "group-cam:after-epoch=1", "--preview", "8", "-o", "seen"],
      in: folder.path)
    #expect(run.code == 2, "\(run.errors)")
    #expect(run.errorLines.contains { $0.hasPrefix("salient: photos/left/1.png: ") })
    let names = (0..<7).map { "00\($0)" }.joined(separator: ", ")
    #expect(
      run.errors.contains("note     7 of 7 pictures as before (\(names)): left out in the first"))
    #expect(run.errors.contains("after-epoch=1, every=1\n"), "\(run.errors)")
    #expect(run.errorLines.contains("work     a preview of 8 pictures, nothing is learned"))
    #expect(run.output == "7 pictures, as read and as seen: seen/preview\n")
    #expect(try folder.files(below: "seen").count == 14)
  }
}
