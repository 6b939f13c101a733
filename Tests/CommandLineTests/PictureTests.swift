import Foundation
import Imaging
import Testing

/// What `explain` does with pictures.
@Suite struct PictureTests {
  static let common = ["--device", "reference", "--method", "grad-cam"]

  func explain(
    _ words: [String], in folder: TemporaryFolder, input: String? = nil
  ) throws -> Run {
    try Program.run(
      ["explain", "--model", Program.model] + Self.common + words, in: folder.path, input: input)
  }

  func picture(_ name: String, in folder: TemporaryFolder) throws -> Picture {
    try PictureFile(try folder.bytes(name)).picture
  }

  @Test func picturesGetOverlaysOfTheirFormatAndRecordsOfTheirRegion() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.jpeg(400, 300), to: "in/a.jpg")
    try folder.write(try Pictures.png(1500, 500), to: "in/b.PNG")
    let run = try explain(["in", "-o", "out"], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    let records = try folder.records("out/results.jsonl")
    #expect(records.map { $0["size"] as? [Int] } == [[400, 300], [1500, 500]])
    #expect(
      records.map { $0["overlay"] as? String } == [
        "overlays/a.jpg.grad-cam.top1.jpg", "overlays/b.PNG.grad-cam.top1.png",
      ])
    // Shorter side to 37, the centre of 32x32: 49x37, from column 8 and row 2.
    let region = try #require(records[0]["region"] as? [Double])
    for (found, expected) in zip(
      region, [8 * 400.0 / 49, 2 * 300.0 / 37, 32 * 400.0 / 49, 32 * 300.0 / 37])
    {
      #expect(abs(found - expected) < 1e-3)
    }
    let first = try picture("out/overlays/a.jpg.grad-cam.top1.jpg", in: folder)
    #expect((first.width, first.height) == (400, 300))
    // The longer side is at most 1024; outside of the region the picture is as it was.
    let second = try picture("out/overlays/b.PNG.grad-cam.top1.png", in: folder)
    #expect((second.width, second.height) == (1024, 341))
    let original = Pictures.pattern(1500, 500).resized(width: 1024, height: 341)
    #expect((0..<300).allSatisfy { second[$0, 170] == original[$0, 170] })
    #expect((350..<680).contains { second[$0, 170] != original[$0, 170] })
    #expect(try folder.bytes("out/maps/a.jpg.grad-cam.top1.npy").count == 128 + 32 * 32 * 4)
    #expect(run.lines[0].hasSuffix("  out/overlays/a.jpg.grad-cam.top1.jpg"))
    #expect(run.lines.last?.hasSuffix(", out/report.html") == true)
  }

  @Test func aPictureAndItsPreprocessedFormGiveTheSameMap() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(70, 50), to: "a.png")
    let preset = try Preset.imagenet.sized(Preset.Size(32))
    let tensor = try preset.apply(to: Pictures.pattern(70, 50)).input
    try folder.write(npy([3, 32, 32], tensor.elements), to: "a.npy")
    #expect(try explain(["a.png", "a.npy", "-o", "out"], in: folder).code == 0)
    let maps = try ["a.png", "a.npy"].map {
      try folder.bytes("out/maps/\($0).grad-cam.top1.npy")
    }
    #expect(maps[0] == maps[1])
    let overlay = try picture("out/overlays/a.npy.grad-cam.top1.png", in: folder)
    #expect((overlay.width, overlay.height) == (32, 32))
  }

  @Test func overlaysAreTheMapInTheirStyle() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(400, 90), to: "a.png")
    let preset = try Preset.imagenet.sized(Preset.Size(32))
    let region = try preset.apply(to: Pictures.pattern(400, 90)).region
    var drawn: Set<Picture> = []
    for (words, overlay) in [
      ([], Overlay()), (["--overlay", "blog"], Overlay(.blog)),
      (["--overlay", "blend", "--colormap", "turbo"], Overlay(.blend, colorMap: .turbo)),
      (["--overlay", "group-cam"], Overlay(.groupCAM)),
      (["--overlay", "library"], Overlay(.library)), (["--overlay", "torch7"], Overlay(.torch7)),
    ] {
      let run = try explain(["a.png", "-o", "out", "--overwrite"] + words, in: folder)
      #expect(run.code == 0, "\(run.errors)")
      let record = try #require(try folder.records("out/results.jsonl").first)
      let map = try folder.bytes("out/\(try #require(record["map"] as? String))").dropFirst(128)
      let values = stride(from: map.startIndex, to: map.endIndex, by: 4).map { place in
        Float(
          bitPattern: (0..<4).reduce(0) { $0 | UInt32(map[place + $1]) << UInt32(8 * $1) })
      }
      let expected = overlay.draw(
        SaliencyMap(width: 32, height: 32, values: values), on: Pictures.pattern(400, 90),
        region: region)
      let found = try picture("out/overlays/a.png.grad-cam.top1.png", in: folder)
      #expect(found == expected, "\(overlay.style)")
      drawn.insert(found)
    }
    #expect(drawn.count == 6)
  }

  /// The Keras tutorial resizes the map of the layer to the picture, not the network's input.
  @Test func aMapDrawnAtOnceIsSoInReportAndSheetToo() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(150, 90), to: "a.png")
    var reports: [[String]] = []
    var overlays: [Picture] = []
    for (kinds, files) in [
      ("raw,overlay", ["maps/a.png.grad-cam.top1.raw.npy", "overlays/a.png.grad-cam.top1.png"]),
      ("map", ["maps/a.png.grad-cam.top1.npy"]), ("raw", ["maps/a.png.grad-cam.top1.raw.npy"]),
      ("none", []),
    ] {
      let kinds = (kinds == "none" ? "" : kinds + ",") + "sheet,report"
      let run = try explain(
        ["a.png", "-o", "out", "--overwrite", "--set", "finish=blog", "--save", kinds], in: folder)
      #expect(run.code == 0, "\(run.errors)")
      let always = ["report.html", "results.jsonl", "run.json", "sheet.png"]
      #expect(try folder.files(below: "out") == (files + always).sorted())
      let page = String(decoding: try folder.bytes("out/report.html"), as: UTF8.self)
      reports.append(
        page.components(separatedBy: "src=\"data:image/").dropFirst().map {
          String($0.prefix { $0 != "\"" })
        })
      // The second column, below its head and the name of the image, in the middle of its square.
      let sheet = try picture("out/sheet.png", in: folder)
      var cell = Picture(width: 150, height: 90, filledWith: .black)
      for y in 0..<90 { for x in 0..<150 { cell[x, y] = sheet[176 + 5 + x, 60 + 35 + y] } }
      overlays.append(cell)
      if kinds.hasPrefix("raw,overlay") {
        overlays.append(try picture("out/overlays/a.png.grad-cam.top1.png", in: folder))
      }
    }
    #expect(Set(reports).count == 1 && reports[0].count == 3)
    #expect(Set(overlays).count == 1)
    let run = try explain(["a.png", "-o", "out", "--overwrite", "--save", "overlay"], in: folder)
    #expect(run.code == 0)
    #expect(try picture("out/overlays/a.png.grad-cam.top1.png", in: folder) != overlays[0])
  }

  @Test func overlaysFollowSizeStyleAndColours() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(1500, 90), to: "a.png")
    var overlays: Set<[UInt8]> = []
    for (place, words) in [
      ["--overlay-size", "full"], ["--overlay-size", "300"],
      ["--overlay-size", "300", "--overlay", "blog"],
      ["--overlay-size", "300", "--overlay", "blend"],
      ["--overlay-size", "300", "--overlay", "blend", "--colormap", "turbo"],
      ["--overlay-size", "300", "--overlay", "group-cam"],
      ["--overlay-size", "300", "--overlay", "library"],
      ["--overlay-size", "300", "--overlay", "torch7"],
    ].enumerated() {
      #expect(try explain(["a.png", "-o", "out\(place)"] + words, in: folder).code == 0)
      let overlay = try picture("out\(place)/overlays/a.png.grad-cam.top1.png", in: folder)
      #expect(overlay.width == (place == 0 ? 1500 : 300))
      overlays.insert(overlay.bytes)
      let flags = try #require(
        try folder.document("out\(place)/run.json")["flags"] as? [String: Any])
      #expect(flags["overlay-size"] as? String == words[1])
    }
    #expect(overlays.count == 8)
  }

  @Test func thePresetIsSaidAndRecorded() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(64, 40), to: "a.png")
    try folder.write(
      Array(
        #"{"resize": 40, "crop": 32, "interpolation": "bicubic", "mean": [0.5], "std": [0.5]}"#.utf8
      ),
      to: "mine.json")
    for (preset, line, region) in [
      ("imagenet", "32x32 imagenet [--preset]: shorter side 37, centre crop", nil),
      ("squash224", "32x32 squash224 [--preset]: squashed to 32x32, upright", [0, 0, 64, 40]),
      ("caffe", "32x32 caffe [--preset]: squashed to 32x32, upright, BGR", [0, 0, 64, 40]),
      ("letterbox", "32x32 letterbox [--preset]: inside 32x32, bars around it, upright", nil),
      ("resnet50-v2", "32x32 ResNet50_Weights.IMAGENET1K_V2 [--preset]", nil),
      ("mine.json", "32x32 mine.json [--preset]: shorter side 40, centre crop, upright", nil),
    ] as [(String, String, [Double]?)] {
      let run = try explain(
        ["a.png", "-o", "out-\(preset)", "--preset", preset, "--save", "none"], in: folder)
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.errors.contains("input    \(line)"), "\(run.errors)")
      let record = try #require(try folder.records("out-\(preset)/results.jsonl").first)
      if let region { #expect(record["region"] as? [Double] == region) }
      #expect(record["map"] is NSNull && record["overlay"] is NSNull)
    }
    let document = try folder.document("out-mine.json/run.json")
    let preset = try #require(document["preset"] as? [String: Any])
    #expect(preset["interpolation"] as? String == "bicubic")
    #expect(preset["crop"] as? [Int] == [32, 32])
    // What run.json holds is a preset file.
    try folder.write(
      [UInt8](try JSONSerialization.data(withJSONObject: preset)), to: "again.json")
    let again = try explain(
      ["a.png", "-o", "again", "--preset", "again.json", "--save", "none"], in: folder)
    #expect(again.code == 0, "\(again.errors)")
    let logits = try ["out-mine.json", "again"].map { name in
      let target = try folder.records("\(name)/results.jsonl").first?["target"] as? [String: Any]
      return target?["logit"] as? Double
    }
    #expect(logits[0] == logits[1])
  }

  @Test func flagsReplaceSteps() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.turned(90, 40), to: "a.jpg")
    func logit(_ words: [String]) throws -> (Double, [Int]) {
      let run = try explain(
        ["a.jpg", "-o", "out", "--overwrite", "--save", "none"] + words, in: folder)
      #expect(run.code == 0, "\(run.errors)")
      let record = try #require(try folder.records("out/results.jsonl").first)
      let target = try #require(record["target"] as? [String: Any])
      let size = try #require(record["size"] as? [Int])
      return (try #require(target["logit"] as? Double), size)
    }
    let flagged = try explain(
      ["a.jpg", "-o", "dry", "--dry-run", "--mean", "0.5"], in: folder)
    #expect(
      flagged.errors.contains("imagenet [assumed: the file states none, with flags]: shorter"))
    #expect(flagged.errors.contains("note     the picture is not turned as EXIF says"))
    let plain = try logit([])
    #expect(plain.1 == [90, 40])
    let notes = try folder.records("out/results.jsonl").first?["notes"] as? [String]
    #expect(notes?.first?.contains("--exif apply") == true)
    let upright = try logit(["--exif", "apply"])
    #expect(upright.1 == [40, 90])
    let values = try [
      plain.0, upright.0, logit(["--mean", "0.5"]).0, logit(["--std", "0.3,0.2,0.1"]).0,
    ]
    #expect(Set(values).count == 4)
    #expect(try logit(["--mean", "0.485,0.456,0.406", "--alpha", "white"]).0 == plain.0)
  }

  /// The logit and the map of the most likely class.
  func answer(_ name: String, _ words: [String], in folder: TemporaryFolder) throws -> Answer {
    let run = try explain(
      [name, "-o", "out", "--overwrite", "--save", "map"] + words, in: folder)
    #expect(run.code == 0, "\(run.errors)")
    let record = try #require(try folder.records("out/results.jsonl").first)
    let target = try #require(record["target"] as? [String: Any])
    return Answer(
      logit: try #require(target["logit"] as? Double),
      map: try folder.bytes("out/\(try #require(record["map"] as? String))"))
  }

  struct Answer: Hashable {
    let logit: Double
    let map: [UInt8]
  }

  @Test func alphaIsDroppedOrLaidOnAColour() throws {
    let folder = try TemporaryFolder()
    // Colours without any relation to alpha: opaque, half and hardly covered, and hidden ones.
    let hidden = Pictures.pattern(64, 48, seed: 1)
    let alpha = (0..<64 * 48).map { [255, 0, 128, 3][$0 % 64 / 16 ^ $0 / 64 / 24] as UInt8 }
    try folder.write(Pictures.png(hidden, alpha: alpha), to: "clear.png")
    func flat(over background: Int) throws -> [UInt8] {
      var flat = hidden
      for (place, value) in hidden.bytes.enumerated() {
        let (share, rest) = (Int(alpha[place / 3]), 255 - Int(alpha[place / 3]))
        flat.bytes[place] = UInt8((2 * (Int(value) * share + background * rest) + 255) / 510)
      }
      return try flat.png()
    }
    try folder.write(try hidden.png(), to: "drop.png")
    try folder.write(try flat(over: 255), to: "white.png")
    try folder.write(try flat(over: 0), to: "black.png")
    var answers: [Answer] = []
    for word in ["drop", "white", "black"] {
      answers.append(try answer("clear.png", ["--alpha", word], in: folder))
      #expect(try answers.last == answer("\(word).png", [], in: folder), "\(word)")
    }
    #expect(Set(answers).count == 3)
    #expect(try answer("clear.png", [], in: folder) == answers[0])
  }

  @Test func resamplingFollowsTheVersionOfPillow() throws {
    let folder = try TemporaryFolder()
    // From 40x200 to 37x185: the height loses more than twice what the width does.
    var picture = Picture(width: 40, height: 200, filledWith: .black)
    for place in picture.bytes.indices { picture.bytes[place] = UInt8(place * place * 7 % 251) }
    try folder.write(try picture.png(), to: "a.png")
    var answers: [Answer] = []
    for word in ["pillow13", "pillow12", "nearest"] {
      var preset = try Preset.imagenet.sized(Preset.Size(32))
      if word == "pillow12" { preset.passOrder = .pillow12 }
      if word == "nearest" { preset.interpolation = .nearest }
      let tensor = try preset.apply(to: picture).input
      try folder.write(npy([3, 32, 32], tensor.elements), to: "\(word).npy")
      answers.append(try answer("a.png", ["--resample", word], in: folder))
      #expect(try answers.last == answer("\(word).npy", [], in: folder), "\(word)")
    }
    #expect(Set(answers).count == 3)
    #expect(try answer("a.png", [], in: folder) == answers[0])
  }

  @Test func aSizeThatTheFileDoesNotTakeIsRefused() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(64, 64), to: "a.png")
    let run = try explain(["a.png", "-o", "out", "--size", "64"], in: folder)
    #expect(run.code == 65)
    #expect(run.errors.contains("fixes 32x32"))
  }

  @Test func everyKindCanBeKeptAlone() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(64, 40), to: "in/a.png")
    try folder.write(npy([3, 32, 32], Support.values), to: "in/b.npy")
    let always = ["results.jsonl", "run.json"]
    let kinds = [
      ("none", []), ("map", ["maps/a.png.grad-cam.top1.npy", "maps/b.npy.grad-cam.top1.npy"]),
      ("raw", ["maps/a.png.grad-cam.top1.raw.npy", "maps/b.npy.grad-cam.top1.raw.npy"]),
      ("overlay", ["overlays/a.png.grad-cam.top1.png", "overlays/b.npy.grad-cam.top1.png"]),
      (
        "blend",
        ["overlays/a.png.grad-cam.top1.blend.png", "overlays/b.npy.grad-cam.top1.blend.png"]
      ), ("sheet", ["sheet.png"]), ("report", ["report.html"]),
    ]
    for (kind, files) in kinds {
      let run = try explain(["in", "-o", "out", "--save", kind, "--overwrite"], in: folder)
      #expect(run.code == 0, "\(run.errors)")
      #expect(try folder.files(below: "out") == (files + always).sorted(), "\(kind)")
    }
    let blend = try explain(["in", "-o", "out", "--save", "blend", "--overwrite"], in: folder)
    #expect(blend.code == 0)
    let picture = try picture("out/overlays/a.png.grad-cam.top1.blend.png", in: folder)
    let seen = try Preset.imagenet.sized(Preset.Size(32)).apply(to: Pictures.pattern(64, 40))
      .picture
    let kept = (0..<32 * 32).count { place in
      picture[place % 32, place / 32] == seen[place % 32, place / 32]
    }
    #expect(kept > 100 && kept < 1000)
  }

  @Test func anOldOutputFolderIsNoInput() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(64, 40), to: "a.png")
    try folder.write(try Pictures.jpeg(40, 64), to: "sub/b.jpg")
    #expect(try explain([".", "--save", "map,overlay,sheet,report"], in: folder).code == 0)
    for output in ["salient-out", "elsewhere"] {
      let run = try explain([".", "-o", output, "--overwrite"], in: folder)
      #expect(run.code == 0, "\(run.errors)")
      let records = try folder.records("\(output)/results.jsonl")
      #expect(records.map { $0["image"] as? String } == ["a.png", "sub/b.jpg"])
    }
    #expect(!(try folder.files(below: "salient-out").contains("sheet.png")))
    let only = try explain(["salient-out", "-o", "third"], in: folder)
    #expect(only.code == 66)
    #expect(only.errors.contains("holds the results of a run"))
  }
}

/// Values for tests of pictures.
enum Support {
  /// A preprocessed picture, `[3, 32, 32]`.
  static let values = picture(3)
}
