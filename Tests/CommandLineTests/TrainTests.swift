import Foundation
import Imaging
import Testing

/// `train` and `finetune` from pictures to a model that is used.
@Suite struct TrainTests {
  /// Rendered scenes, and the words that train a small network on them in seconds.
  private static let small = [
    "--arch", "salient-scenes", "--size", "32", "--batch-size", "8", "--lr", "0.01", "--threads",
    "2", "--validation", "unseen",
  ]

  private func scenes(_ count: Int, in folder: TemporaryFolder) throws {
    for (name, count, seed) in [("set", count, "4"), ("unseen", 6, "5")] {
      let run = try Program.run(
        ["scenes", "-o", name, "--count", "\(count)", "--seed", seed], in: folder.path)
      #expect(run.code == 0, "\(run.errors)")
    }
  }

  /// Two classes of coloured pictures.
  private func classes(_ count: Int, in folder: TemporaryFolder) throws {
    for number in 0..<count {
      try folder.write(try Pictures.png(40, 36, seed: number), to: "photos/left/\(number).png")
      let other = try Pictures.jpeg(36, 40, seed: 90 + number)
      try folder.write(other, to: "photos/right/\(number).jpg")
    }
  }

  @Test("a network learns scenes, then other pictures, and explains one without a flag")
  func aNetworkIsTrainedTunedAndUsed() throws {
    let folder = try TemporaryFolder()
    try scenes(24, in: folder)
    let words = ["--epochs", "2", "-o", "run"] + Self.small
    let run = try Program.run(["train", "set"] + words, in: folder.path)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.lines.count == 3 && run.output.hasPrefix("epoch 1/2  loss "), "\(run.output)")
    #expect(run.lines.last?.contains("run/best.safetensors, run/report.html") == true)
    for head in ["model", "data", "input", "learning", "augment", "device", "work"] {
      #expect(run.errorLines.contains { $0.hasPrefix("\(head) ") }, "\(head)")
    }
    #expect(
      try folder.files(below: "run") == [
        "best.safetensors", "last.safetensors", "report.html", "run.json",
        "state/state.safetensors", "training.jsonl",
      ])
    let page = String(decoding: try folder.bytes("run/report.html"), as: UTF8.self)
    for name in ["loss", "accuracy", "learning rate"] { #expect(page.contains("\(name): ")) }
    #expect(page.components(separatedBy: "<polyline").count - 1 == 5)

    let explained = try Program.run(
      ["explain", "set/images/000000.png", "--model", "run/best.safetensors", "-o", "maps"],
      in: folder.path)
    #expect(explained.code == 0, "\(explained.errors)")
    let record = try #require(try folder.records("maps/results.jsonl").first)
    let target = try #require(record["target"] as? [String: Any])
    let labels = String(decoding: try folder.bytes("set/labels.txt"), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    let index = try #require(target["index"] as? Int)
    #expect(target["label"] as? String == labels[index])
    #expect(explained.errors.contains("32x32 preset [model]"))

    try classes(4, in: folder)
    let tune = [
      "finetune", "photos", "--model", "run/best.safetensors", "--batch-size", "4",
      "--validation", "photos",
    ]
    let tuned = try Program.run(
      tune + ["--epochs", "1", "--probe", "photos", "--json", "-o", "tuned"], in: folder.path)
    #expect(tuned.code == 0, "\(tuned.errors)")
    #expect(tuned.errors.contains("last layer fc made new: 2 classes, the model has 12"))
    let epoch = try #require(try folder.records("tuned/training.jsonl").first)
    #expect(Array(tuned.output.utf8) == (try folder.bytes("tuned/training.jsonl")))
    #expect((epoch["map_share"] as? Double ?? 0) > 0 && epoch["map_change"] is Double)
    let model = try folder.bytes("run/best.safetensors")
    let itself = try Program.run(tune + ["-o", "run", "--overwrite"], in: folder.path)
    #expect(itself.code == 64 && itself.errors.contains("--model run/best.safetensors: is best."))
    #expect(try folder.bytes("run/best.safetensors") == model)
    let preview = tune + ["--preview", "6", "-o", "seen"]
    let shown = try Program.run(preview, in: folder.path)
    #expect(shown.code == 0, "\(shown.errors)")
    #expect(shown.output == "6 pictures, as read and as seen: seen/preview\n")
    let names = (0..<6).flatMap { ["preview/00\($0)-read.png", "preview/00\($0)-seen.png"] }
    #expect(try folder.files(below: "seen") == names)
    let read = try PictureFile(folder.bytes("seen/\(names[0])")).picture
    let seen = try PictureFile(folder.bytes("seen/\(names[1])")).picture
    #expect(read.width == 32 && seen.width == 32 && read != seen)
    let again = try Program.run(preview, in: folder.path)
    #expect(again.code == 64 && again.errors.contains("-o seen: holds an earlier preview"))
    #expect(again.errors.contains("or write to -o seen-2"), "\(again.errors)")
    #expect(try Program.run(preview + ["--overwrite"], in: folder.path).code == 0)
    let kept = try Program.run(tune + ["--head", "keep", "-o", "kept"], in: folder.path)
    #expect(kept.code == 64 && kept.errors.contains("--head keep: the model has 12 classes"))
  }

  @Test("a killed run goes on to the same bits", arguments: [SIGINT, SIGKILL])
  func aKilledRunGoesOn(signal: Int32) throws {
    let folder = try TemporaryFolder()
    try scenes(24, in: folder)
    let words = ["train", "set", "--epochs", "6"] + Self.small
    #expect(try Program.run(words + ["-o", "whole"], in: folder.path).code == 0)
    let running = try Program.start(words + ["-o", "run"], in: folder.path)
    while running.process.isRunning, !running.printed.contains("epoch 2/6") { usleep(2000) }
    kill(running.process.processIdentifier, signal)
    let stopped = try running.wait()
    #expect(stopped.code == (signal == SIGINT ? 130 : 128 + SIGKILL), "\(stopped.errors)")
    if signal == SIGINT {
      let line = try #require(stopped.errorLines.last)
      #expect(line.hasPrefix("salient: interrupted behind step "), "\(line)")
      #expect(line.contains(" in epoch ") && line.hasSuffix("with --resume goes on"), "\(line)")
    }
    let refused = try Program.run(words + ["-o", "run"], in: folder.path)
    #expect(refused.code == 64 && refused.errors.contains("--resume"))
    let other = try Program.run(words + ["-o", "run", "--resume", "--seed", "1"], in: folder.path)
    #expect(other.code == 64 && other.errors.contains("--seed was"), "\(other.errors)")
    let resumed = try Program.run(words + ["-o", "run", "--resume"], in: folder.path)
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(resumed.errorLines.contains { $0.hasPrefix("resumed  behind ") })
    for name in ["best.safetensors", "last.safetensors", "state/state.safetensors"] {
      #expect(try folder.bytes("run/\(name)") == folder.bytes("whole/\(name)"), "\(name)")
    }
    #expect(try folder.records("run/training.jsonl").count == 6)
    let fewer = words.map { $0 == "6" ? "3" : $0 }
    let less = try Program.run(fewer + ["-o", "run", "--resume"], in: folder.path)
    #expect(less.code == 64 && less.errors.contains("--epochs was 6"), "\(less.errors)")
  }

  @Test(
    "a full disk ends the run in one line, and with room it goes on to the same bits",
    .enabled(if: SmallDisk.isPossible, "only root mounts a small file system"))
  func aFullDiskLosesNothing() throws {
    let folder = try TemporaryFolder()
    try scenes(24, in: folder)
    let words = ["train", "set", "--epochs", "6"] + Self.small
    #expect(try Program.run(words + ["-o", "whole"], in: folder.path).code == 0)
    let disk = try #require(SmallDisk(at: folder.file("disk"), kilobytes: 12_000))
    let running = try Program.start(words + ["-o", "disk/run"], in: folder.path)
    while running.process.isRunning, !running.printed.contains("epoch 1/6") { usleep(2000) }
    _ = try? folder.write([UInt8](repeating: 1, count: 5_000_000), to: "disk/filler")
    let full = try running.wait()
    #expect(full.code == 74, "\(full.errors)")
    #expect(full.errors.contains("No space left on device; make room, then go on with --resume"))
    #expect(disk.grow(toKilobytes: 40_000))
    let resumed = try Program.run(words + ["-o", "disk/run", "--resume"], in: folder.path)
    #expect(resumed.code == 0, "\(resumed.errors)")
    for name in ["best.safetensors", "last.safetensors"] {
      #expect(try folder.bytes("disk/run/\(name)") == folder.bytes("whole/\(name)"), "\(name)")
    }
  }

  @Test("a damaged picture is told, counted and left out")
  func aDamagedPictureIsLeftOut() throws {
    let folder = try TemporaryFolder()
    try classes(4, in: folder)
    try folder.write([1, 2, 3], to: "photos/left/none.png")
    let run = try Program.run(
      ["train", "photos", "--epochs", "1", "-o", "run"] + Self.small.dropLast() + ["photos"],
      in: folder.path)
    #expect(run.code == 2, "\(run.errors)")
    let complaints = run.errorLines.filter { $0.hasPrefix("salient: ") }
    #expect(complaints.count == 1 && complaints[0].contains("photos/left/none.png"))
    #expect(run.lines.last?.contains("1 file unreadable") == true)
    #expect(try folder.records("run/training.jsonl").first?["images"] as? Int == 8)
  }
}
