import Foundation
import Testing

/// What `explain` writes, on the reference, with the cheaper of the two methods where that suffices.
@Suite struct ExplainTests {
  static let common = ["--device", "reference", "--method", "grad-cam"]

  func explain(
    _ words: [String], in folder: TemporaryFolder, input: String? = nil
  ) throws -> Run {
    try Program.run(
      ["explain", "--model", Program.model] + Self.common + words, in: folder.path, input: input)
  }

  @Test func recordsHoldExactlyTheKeysOfTheContractInOrder() throws {
    let folder = try TemporaryFolder()
    let run = try explain([Program.pictures, "-o", "out", "--json"], in: folder)
    #expect(run.code == 0)
    let text = String(decoding: try folder.bytes("out/results.jsonl"), as: UTF8.self)
    #expect(text == run.output)
    let keys = [
      "schema", "image", "source", "size", "region", "method", "variant", "settings", "target",
      "prediction", "truth", "correct", "layer", "map", "overlay", "minimum", "maximum",
      "degenerate", "reason", "notes", "forwards", "tails", "backwards", "milliseconds",
    ]
    let records = try folder.records("out/results.jsonl")
    #expect(records.count == 5)
    for (line, record) in zip(run.lines, records) {
      #expect(Set(record.keys) == Set(keys))
      let places = keys.compactMap { line.range(of: "\"\($0)\": ")?.lowerBound }
      #expect(places == places.sorted())
      let target = try #require(record["target"] as? [String: Any])
      #expect(Set(target.keys) == ["text", "index", "label", "logit", "probability"])
      let prediction = try #require(record["prediction"] as? [[String: Any]])
      #expect(prediction.count == 5)
      #expect(prediction.allSatisfy { Set($0.keys) == ["index", "label", "probability"] })
      #expect(prediction.first?["index"] as? Int == target["index"] as? Int)
      #expect(record["backwards"] as? Int == 1)
      let map = try #require(record["map"] as? String)
      #expect(try folder.bytes("out/\(map)").count == 128 + 32 * 32 * 4)
    }
    #expect(records.map { $0["image"] as? String } == (0..<5).map { "pictures.input.npy.\($0)" })
  }

  @Test func methodsWithoutALayerHaveNotes() throws {
    let folder = try TemporaryFolder()
    let words = ["--device", "reference", "--method", "xrai:steps=2,tsgb", "-o", "out"]
    let run = try Program.run(
      ["explain", "--model", Program.model, Program.pictures] + words, in: folder.path)
    #expect(run.code == 0)
    let records = try folder.records("out/results.jsonl")
    #expect(records.count == 10)
    for record in records {
      let isXRAI = try #require(record["method"] as? String).hasPrefix("xrai")
      let notes = isXRAI ? ["the picture was segmented at 224x224"] : []
      #expect(record["notes"] as? [String] == notes)
      #expect(record["forwards"] as? Int == (isXRAI ? 5 : 1))
      #expect(record["backwards"] as? Int == (isXRAI ? 4 : 1))
    }
  }

  @Test func methodsWithoutALayerRunOnceAndSayNone() throws {
    let folder = try TemporaryFolder()
    let layers = ["--layer", "layer3.0", "--layer", "layer4.0"]
    let words =
      ["explain", "--model", Program.model, Program.pictures, "--device", "reference"] + layers
      + [
        "--method", "grad-cam,gradient,guided-backprop:reduce=none,smoothgrad:n=2", "-o", "out",
        "--save", "map,overlay,sheet,report",
      ]
    let run = try Program.run(words, in: folder.path)
    #expect(run.code == 0)
    let names = "gradient, guided-backprop_reduce=none, smoothgrad_n=2"
    #expect(run.errorLines.contains("note     --layer does not matter to \(names)"))
    let records = try folder.records("out/results.jsonl")
    #expect(records.count == 5 * (2 + 3))
    for record in records {
      let (method, map) = (record["method"] as? String, record["map"] as? String)
      let layer = record["layer"] as? String
      if method == "grad-cam" {
        #expect(layer != nil && map?.hasSuffix(".top1.\(layer ?? "").npy") == true)
        continue
      }
      #expect(record["layer"] is NSNull && map?.hasSuffix(".top1.npy") == true)
      let size = method == "guided-backprop_reduce=none" ? 3 * 32 * 32 : 32 * 32
      #expect(try folder.bytes("out/\(map ?? "")").count == 128 + size * 4)
    }
    // All is there, so nothing is done again.
    let again = try Program.run(words + ["--resume"], in: folder.path)
    #expect(again.code == 0 && again.output.contains("0 done"))
    let alone = try Program.run(
      [
        "explain", "--model", Program.model, Program.pictures, "--device", "reference", "--method",
        "gradient", "-o", "alone", "--dry-run",
      ], in: folder.path)
    #expect(alone.errorLines.contains { $0.hasPrefix("layer    none: the methods read the image") })
  }

  @Test func theSeedReachesTheNoise() throws {
    let folder = try TemporaryFolder()
    let words = [
      "explain", "--model", Program.model, Program.pictures, "--device", "reference", "--method",
      "smoothgrad:n=2", "--save", "map",
    ]
    for (name, seed) in [("a", "1"), ("b", "2"), ("c", "1")] {
      #expect(try Program.run(words + ["-o", name, "--seed", seed], in: folder.path).code == 0)
    }
    let map = "maps/pictures.input.npy.0.smoothgrad_n=2.top1.npy"
    let bytes = try ["a", "b", "c"].map { try folder.bytes("\($0)/\(map)") }
    #expect(bytes[0] == bytes[2] && bytes[0] != bytes[1])
  }

  @Test func theRunIsRecordedFromStartToEnd() throws {
    let folder = try TemporaryFolder()
    let run = try explain([Program.pictures, "-o", "out", "--seed", "7"], in: folder)
    #expect(run.code == 0)
    let record = try folder.document("out/run.json")
    for key in [
      "schema", "version", "command", "device", "driver", "precision", "model", "kernels",
      "tuning", "flags", "preset", "seed", "rows", "totals", "predicted", "real", "status",
    ] {
      #expect(record[key] != nil, "\(key)")
    }
    #expect(record["status"] as? String == "finished")
    #expect(record["seed"] as? Int == 7)
    let hash = (record["model"] as? [String: Any])?["sha256"] as? String
    #expect(hash?.count == 64)
    #expect((record["totals"] as? [String: Any])?["done"] as? Int == 5)
    #expect(Set((record["rows"] as? [String: Any] ?? [:]).keys) == ["capacity", "live", "runs"])
  }

  @Test func theHeaderSaysWhatIsAssumed() throws {
    let folder = try TemporaryFolder()
    let run = try explain([Program.pictures, "-o", "out", "--dry-run"], in: folder)
    #expect(run.code == 0)
    #expect(run.output.isEmpty)
    let lines = run.errorLines
    #expect(lines.count == 5)
    #expect(
      Array(lines.prefix(4)) == [
        "model    resnet-basic-legacy.onnx  20,498 parameters, 10 classes; no names"
          + " [the file states none]",
        "input    32x32 [model]: .npy of 3 channels, used as they are",
        "layer    layer4.0 = /layer4/layer4.0/relu_1/Relu_output_0 [automatic]  32x4x4"
          + "        scores  softmax [default]",
        "device   reference, double precision  fp32, 8 images in flight, about 1.2 MiB",
      ])
    #expect(
      lines.last?.hasPrefix(
        "work     5 images x 1 method x 1 target = 5 forwards, 5 backwards, about ") == true)
    #expect(try folder.files().isEmpty)
  }

  /// What the header says is what the run counts where no mask is skipped and no target is shared.
  @Test(arguments: ["grad-cam", "ablation-cam", "occlusion", "guided-grad-cam"])
  func theHeaderCountsThePassesOfTheRun(_ methods: String) throws {
    let folder = try TemporaryFolder()
    let run = try Program.run(
      [
        "explain", Program.pictures, "--model", Program.model, "--device", "reference", "--method",
        methods, "-o", "out", "--save", "none",
      ], in: folder.path)
    #expect(run.code == 0, "\(run.errors)")
    let totals = try #require(try folder.document("out/run.json")["totals"] as? [String: Any])
    let counts = try ["forward", "tail", "backward"].map { noun in
      (count: try #require(totals["\(noun)s"] as? Int), noun: noun)
    }
    let said = counts.filter { $0.count > 0 }.map { count, noun in
      "\(count) \(noun)\(count == 1 ? "" : "s")"
    }
    let work = try #require(run.errorLines.first { $0.hasPrefix("work     ") })
    let parts = said.joined(separator: ", ")
    #expect(work.replacing(",", with: "").contains("= \(parts.replacing(",", with: "")) about "))
  }

  @Test func theLastLineNamesWhatShowsTheRun() throws {
    let folder = try TemporaryFolder()
    try folder.write(npy([3, 32, 32], [Float](repeating: .nan, count: 3072)), to: "nan.npy")
    for (number, (input, save, name)) in [
      (Program.pictures, "sheet", "sheet.png"), (Program.pictures, "map", "results.jsonl"),
      (Program.pictures, "sheet,report", "report.html"), ("nan.npy", "sheet", "results.jsonl"),
    ].enumerated() {
      let run = try explain([input, "-o", "out-\(number)", "--save", save], in: folder)
      #expect((run.code == 0) == (input == Program.pictures), "\(run.errors)")
      #expect(run.lines.last?.hasSuffix(", out-\(number)/\(name)") == true, "\(run.output)")
      #expect(try folder.files(below: "out-\(number)").contains(name))
    }
  }

  @Test func aNumberThatIsNoScoreSaysWhatItIs() throws {
    let folder = try TemporaryFolder()
    let run = try explain(
      [Program.pictures, "-o", "out", "-t", "3", "-t", "3-7", "-t", "output[2]"], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    let numbers = run.lines.prefix(3).map { $0.components(separatedBy: "  ")[3] }
    let (score, difference, value) = (numbers[0], numbers[1], numbers[2])
    #expect(Double(score).map { (0...1).contains($0) } == true)
    #expect(Double(difference.replacing("logit difference ", with: "")) != nil)
    #expect(difference.hasPrefix("logit difference ") && value.hasPrefix("value "))
  }

  @Test func quietPrintsNothing() throws {
    let folder = try TemporaryFolder()
    let run = try explain([Program.pictures, "-o", "out", "-q"], in: folder)
    #expect(run.code == 0)
    #expect(run.output.isEmpty && run.errors.isEmpty)
  }

  @Test func resultLinesStopAtTwentyAndASummaryFollows() throws {
    let folder = try TemporaryFolder()
    let stack = (0..<23).flatMap { picture($0) }
    try folder.write(npy([23, 3, 32, 32], stack), to: "many.npy")
    let run = try explain(["many.npy", "-o", "out"], in: folder)
    #expect(run.code == 0)
    #expect(run.lines.count == 21)
    #expect(run.lines[0].hasPrefix("many.npy.0  grad-cam  "))
    #expect(run.lines[0].hasSuffix("  out/overlays/many.npy.0.grad-cam.top1.png"))
    #expect(run.lines[20].hasPrefix("23 done, 0 failed, "))
    #expect(run.lines[20].hasSuffix("out/report.html"))
  }

  @Test func namesFollowTargetsMethodsAndLayers() throws {
    let folder = try TemporaryFolder()
    try folder.write(npy([3, 32, 32], picture()), to: "a.npy")
    let targets = ["top2", "3", "3-7", "prob:3", "not:3", "not:3-7"].flatMap { ["-t", $0] }
    let words = [
      "a.npy", "-o", "out", "--layer", "layer3", "--layer", "layer4", "--save", "map,raw",
      "--method", "grad-cam:pool=sum",
    ]
    let run = try explain(words + targets, in: folder)
    #expect(run.code == 0, "\(run.errors)")
    let files = try folder.files(below: "out/maps")
    #expect(files.count == 2 * 2 * 7 * 2)
    for method in ["grad-cam", "grad-cam_pool=sum"] {
      for target in ["top1", "top2", "c3", "c3-c7", "prob-c3", "not-c3"] {
        for layer in ["layer3", "layer4"] {
          #expect(files.contains("a.npy.\(method).\(target).\(layer).npy"))
          #expect(files.contains("a.npy.\(method).\(target).\(layer).raw.npy"))
        }
      }
    }
    #expect(files.filter { $0.hasPrefix("a.npy.grad-cam.t-") }.count == 4)
    let records = try folder.records("out/results.jsonl")
    #expect(records.count == 28)
    #expect(records.contains { ($0["target"] as? [String: Any])?["text"] as? String == "not:3-7" })
  }

  @Test func labelsNameTargets() throws {
    let folder = try TemporaryFolder()
    try folder.write(npy([3, 32, 32], picture()), to: "a.npy")
    let labels = (0..<10).map { "class \($0), no. \($0)" }.joined(separator: "\r\n") + "\r\n\r\n"
    try folder.write(Array(labels.utf8), to: "labels.txt")
    let words = ["a.npy", "--labels", "labels.txt", "-t", "CLASS 3 vs no. 7", "-t", "No. 4"]
    #expect(try explain(words + ["-o", "out"], in: folder).code == 0)
    let files = try folder.files(below: "out/maps")
    #expect(files == ["a.npy.grad-cam.c3-c7.npy", "a.npy.grad-cam.c4.npy"])
    let records = try folder.records("out/results.jsonl")
    #expect((records[1]["target"] as? [String: Any])?["label"] as? String == "class 4, no. 4")
    let wrong = try explain(
      ["a.npy", "--labels", "labels.txt", "-t", "clas 5", "-o", "two"], in: folder)
    #expect(wrong.code == 64)
    #expect(wrong.errors.contains("none of 10 labels; nearest: class 5 (5)"))
    try folder.write(Array("a\nb\n".utf8), to: "short.txt")
    let short = try explain(["a.npy", "--labels", "short.txt", "-o", "two"], in: folder)
    #expect(short.code == 65)
    #expect(short.errors.contains("2 labels for 10 classes"))
  }

  @Test func foldersAreWalkedAndTheRestIsCounted() throws {
    let folder = try TemporaryFolder()
    let image = npy([3, 32, 32], picture())
    for name in ["in/b.npy", "in/sub/a.NPY", "in/.hidden.npy", "in/old/run.json", "in/old/x.npy"] {
      try folder.write(image, to: name)
    }
    for name in ["in/x.webp", "in/y.webp", "in/read.txt"] { try folder.write([1], to: name) }
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("in/link"), withDestinationPath: folder.file("in/sub"))
    let run = try explain(["in", "-o", "in/out"], in: folder)
    #expect(run.code == 0)
    #expect(run.errors.contains("passed over 3 files (2 .webp, 1 .txt)"))
    let records = try folder.records("in/out/results.jsonl")
    #expect(records.map { $0["image"] as? String } == ["b.npy", "sub/a.NPY"])
    #expect(try folder.files(below: "in/out/maps").contains("sub/a.NPY.grad-cam.top1.npy"))
    let again = try explain(["in", "-o", "out2"], in: folder)
    #expect(again.code == 0)
    #expect(try folder.records("out2/results.jsonl").count == 2)
  }

  @Test func severalInputsAndListsKeepTheirPaths() throws {
    let folder = try TemporaryFolder()
    let image = npy([3, 32, 32], picture())
    for name in ["one/a.npy", "two/a.npy"] { try folder.write(image, to: name) }
    try folder.write(Array("one/a.npy\n\n./two/a.npy\r\n".utf8), to: "list.txt")
    for (place, words) in [["one", "./two/a.npy"], ["@list.txt"], ["-"]].enumerated() {
      let run = try explain(
        words + ["-o", "out\(place)"], in: folder, input: "one/a.npy\ntwo/a.npy\n")
      #expect(run.code == 0)
      let records = try folder.records("out\(place)/results.jsonl")
      #expect(records.map { $0["image"] as? String } == ["one/a.npy", "two/a.npy"])
    }
    try folder.write(image, to: "out3/x")
    let same = try explain(["one/a.npy", "one/../one/a.npy"], in: folder)
    #expect(same.code == 64)
    #expect(same.errors.contains("same name"))
  }

  @Test func anEmptyFolderSaysWhatItPassedOver() throws {
    let folder = try TemporaryFolder()
    for name in ["in/a.webp", "in/b.webp", "in/c.webp"] { try folder.write([1], to: name) }
    let run = try explain(["in/"], in: folder)
    #expect(run.code == 66)
    #expect(
      run.errors.contains(
        "in/: no PNG, JPEG or .npy below it (3 .webp passed over; convert them to PNG)"))
    try folder.write([1], to: "set/annotations.json")
    #expect(try explain(["set"], in: folder).code == 65)
  }

  @Test func shardsPartTheInputsAndAddedOnesMoveNothing() throws {
    let folder = try TemporaryFolder()
    let image = npy([3, 32, 32], picture())
    for number in 0..<12 { try folder.write(image, to: "in/\(number).npy") }
    func names(_ shard: Int, _ output: String) throws -> [String] {
      let run = try explain(["in", "--shard", "\(shard)/3", "-o", output], in: folder)
      #expect(run.code == 0)
      return try folder.records("\(output)/results.jsonl").compactMap { $0["image"] as? String }
    }
    let parts = try (0..<3).map { try names($0, "out\($0)") }
    #expect(parts.flatMap { $0 }.sorted() == (0..<12).map { "\($0).npy" }.sorted())
    #expect(parts.allSatisfy { !$0.isEmpty })
    for number in 12..<20 { try folder.write(image, to: "in/\(number).npy") }
    for shard in 0..<3 {
      #expect(Set(parts[shard]).isSubset(of: Set(try names(shard, "more\(shard)"))))
    }
  }

  @Test func flagsComeFromAnEarlierRun() throws {
    let folder = try TemporaryFolder()
    #expect(
      try explain([Program.pictures, "-o", "one", "-t", "3", "--save", "none"], in: folder).code
        == 0)
    let run = try Program.run(
      ["explain", Program.pictures, "--from", "one/run.json", "-o", "two", "--save", "map"],
      in: folder.path)
    #expect(run.code == 0, "\(run.errors)")
    let records = try folder.records("two/results.jsonl")
    #expect(records.allSatisfy { $0["method"] as? String == "grad-cam" })
    #expect(records.allSatisfy { ($0["map"] as? String)?.hasSuffix(".c3.npy") == true })
    #expect(try folder.records("one/results.jsonl").allSatisfy { $0["map"] is NSNull })
  }

  @Test func aClosedPipeDoesNotEndTheRun() throws {
    let folder = try TemporaryFolder()
    let command =
      "'\(Program.path)' explain '\(Program.pictures)' --model '\(Program.model)' --device reference"
      + " --method grad-cam -o out | true; echo ${PIPESTATUS[0]}"
    let run = try Program.start(["-c", command], in: folder.path, program: "/bin/bash").wait()
    #expect(run.lines.last == "0")
    #expect(try folder.records("out/results.jsonl").count == 5)
  }
}
