import Foundation
import Testing

/// Finished maps of pictures: which one is taken, and what of the picture it covers.
@Suite struct EvaluateMapsTests {
  private func run(_ verb: String, _ words: [String], in folder: TemporaryFolder) throws -> Run {
    try Program.run([verb] + words + EvaluateTests.common, in: folder.path)
  }

  /// The values of records by method, metric, target and image.
  private func values(_ folder: TemporaryFolder, _ name: String) throws -> [String: Double] {
    var values: [String: Double] = [:]
    for record in try folder.records("\(name)/evaluation.jsonl") where record["error"] == nil {
      let words = ["method", "metric", "image"].map { record[$0] as? String ?? "" }
      let target = (record["target"] as? [String: Any])?["text"] as? String ?? ""
      values[(words + [target]).joined(separator: " ")] = record["value"] as? Double
    }
    return values
  }

  @Test("maps that explain wrote of cropped pictures are measured as those of the method")
  func croppedPictures() throws {
    let folder = try TemporaryFolder()
    // As large as the network's input, so that a map is as large as its picture and covers less.
    for seed in 0..<3 {
      try folder.write(try Pictures.png(32, 32, seed: seed), to: "in/\(seed).png")
    }
    let words = ["in", "--preset", "imagenet", "--method", "grad-cam,guided-grad-cam"]
    let metrics = ["--metric", "deletion,average-drop,sparseness"] + EvaluateTests.curves
    let own = try run("evaluate", words + metrics + ["-o", "own"], in: folder)
    #expect(own.code == 0, "\(own.errors)")
    let explain = try run("explain", words + ["--save", "map", "-q", "-o", "maps"], in: folder)
    #expect(explain.code == 0, "\(explain.errors)")
    let again = try run(
      "evaluate", ["in", "--preset", "imagenet", "--maps", "maps", "-o", "again"] + metrics,
      in: folder)
    #expect(again.code == 0 && !again.errors.contains("as large as its picture"), "\(again.errors)")
    let (expected, found) = try (values(folder, "own"), values(folder, "again"))
    #expect(expected.count == 18 && Set(found.keys) == Set(expected.keys))
    for (key, value) in expected {
      // Files hold single precision, and the reference engine double: a drop in percent shows it.
      #expect(abs((found[key] ?? .infinity) - value) < 1e-4, "\(key)")
    }
  }

  @Test("a map covers the part of the picture that its record names, whatever the run sees")
  func recordedRegions() throws {
    let folder = try TemporaryFolder()
    let set = try SceneFiles(in: folder, count: 4)
    let words = ["set", "--labels", set.labels]
    let metrics = ["--metric", "pointing:tol=0,energy"]
    let cropped = words + ["--preset", "imagenet"]
    let own = try run(
      "evaluate", cropped + metrics + ["--method", "grad-cam", "-o", "own"], in: folder)
    #expect([0, 2].contains(own.code), "\(own.errors)")
    let explain = try run(
      "explain",
      cropped + ["--method", "grad-cam", "-t", "all", "--save", "map", "-q", "-o", "maps"],
      in: folder)
    #expect(explain.code == 0, "\(explain.errors)")
    // The run sees the whole picture; the maps are still those of its middle.
    let again = try run(
      "evaluate", words + metrics + ["--preset", "squash224", "--maps", "maps", "-o", "again"],
      in: folder)
    #expect(again.code == own.code, "\(again.errors)")
    let (expected, found) = try (values(folder, "own"), values(folder, "again"))
    #expect(!expected.isEmpty && Set(found.keys) == Set(expected.keys))
    for (key, value) in expected {
      #expect(abs((found[key] ?? .infinity) - value) < 1e-4, "\(key)")
    }
  }

  @Test("a record with a region that no picture has does no harm")
  func wildRegions() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(40, 32), to: "in/a.png")
    let explain = try run(
      "explain", ["in", "--method", "grad-cam", "--save", "map", "-q", "-o", "maps"], in: folder)
    #expect(explain.code == 0, "\(explain.errors)")
    let record = String(decoding: try folder.bytes("maps/results.jsonl"), as: UTF8.self)
    let start = try #require(record.range(of: "\"region\": ["))
    let end = try #require(record[start.upperBound...].firstIndex(of: "]"))
    for region in [
      "0,0,1e-300,1e-300", "-1e300,0,1e300,1e300", "0,0,1e-5,1e-5", "900000,900000,1e-5,900000",
    ] {
      let text = record[..<start.upperBound] + region + record[end...]
      try folder.write(Array(text.utf8), to: "maps/results.jsonl")
      let again = try run(
        "evaluate",
        ["in", "--maps", "maps", "--metric", "sparseness", "-o", "out", "--overwrite"], in: folder)
      #expect([0, 2].contains(again.code), "\(region): \(again.errors)")
      #expect(try folder.records("out/evaluation.jsonl").count == 1)
    }
  }

  @Test("finished maps of gradients are smoothed as those of the method, others said to stay")
  func smoothedGradients() throws {
    let folder = try TemporaryFolder()
    let set = try SceneFiles(in: folder, count: 4)
    let words = ["set", "--labels", set.labels]
    let gradient = words + ["--method", "gradient"]
    let explain = try run(
      "explain", gradient + ["-t", "all", "--save", "map", "-q", "-o", "maps"], in: folder)
    #expect(explain.code == 0, "\(explain.errors)")
    /// Where each map is brightest.
    func peaks(_ words: [String], _ smooth: String, _ name: String) throws -> [String: [Double?]] {
      let run = try self.run(
        "evaluate", words + ["--metric", "pointing:smooth=\(smooth)", "-o", name], in: folder)
      #expect([0, 2].contains(run.code), "\(run.errors)")
      #expect(!run.errors.contains("nobody says whether"))
      var peaks: [String: [Double?]] = [:]
      for record in try folder.records("\(name)/evaluation.jsonl") {
        guard let parts = record["parts"] as? [String: Double], parts["column"] != nil else {
          continue
        }
        let target = (record["target"] as? [String: Any])?["text"] as? String ?? ""
        peaks["\(record["image"] as? String ?? "") \(target)"] = [parts["column"], parts["row"]]
      }
      return peaks
    }
    let expected = try peaks(gradient, "0.1", "own")
    #expect(!expected.isEmpty)
    #expect(try peaks(words + ["--maps", "maps"], "0.1", "again") == expected)
    #expect(try peaks(gradient, "0", "raw") != expected)
    for name in try folder.files(below: "set/images") {
      try folder.write(npy([2, 2], [0, 1, 2, 3]), to: "tool/\(name.dropLast(4)).npy")
    }
    let tool = try run(
      "evaluate",
      words + ["--maps", "tool", "--metric", "pointing:smooth=0.1", "--dry-run", "-o", "out"],
      in: folder)
    #expect(tool.code == 0 && tool.errors.contains("nobody says whether"), "\(tool.errors)")
  }

  @Test("what a letterbox adds to a picture has no evidence in a map of that picture")
  func letterboxedMaps() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(32, 16), to: "in/a.png")
    let map = (0..<512).map { Float($0 * 37 % 101) }
    try folder.write(npy([16, 32], map), to: "picture/a.npy")
    // The same in the middle of what the network sees, eight rows above and below.
    let bar = [Float](repeating: 0, count: 8 * 32)
    try folder.write(npy([32, 32], bar + map + bar), to: "seen/a.npy")
    var numbers: [[String: Double]] = []
    for name in ["picture", "seen"] {
      let run = try run(
        "evaluate",
        ["in", "--preset", "letterbox", "--maps", name, "--metric", "sparseness,deletion"]
          + ["-o", "o-\(name)"] + EvaluateTests.curves, in: folder)
      #expect(run.code == 0, "\(run.errors)")
      let found = try values(folder, "o-\(name)")
      numbers.append(
        Dictionary(uniqueKeysWithValues: found.map { ($0.dropFirst(name.count).description, $1) }))
    }
    #expect(numbers[0].count == 2 && numbers[0] == numbers[1], "\(numbers)")
  }

  @Test("a map of the same word and another class is not measured")
  func otherClasses() throws {
    let folder = try TemporaryFolder()
    let words = [Program.pictures, "--method", "grad-cam", "--save", "map", "-q"]
    #expect(try run("explain", words + ["-o", "first"], in: folder).code == 0)
    let target = try #require(try folder.records("first/results.jsonl").first?["target"])
    let index = try #require((target as? [String: Any])?["index"] as? Int)
    let other = (index + 1) % 10
    #expect(try run("explain", words + ["-t", "\(other)", "-o", "maps"], in: folder).code == 0)
    // As if the maps were those of a network that predicts another class.
    let records = String(decoding: try folder.bytes("maps/results.jsonl"), as: UTF8.self)
    let renamed = records.replacingOccurrences(
      of: "\"text\": \"\(other)\"", with: "\"text\": \"top1\"")
    #expect(renamed != records)
    try folder.write(Array(renamed.utf8), to: "maps/results.jsonl")
    let measured = try run(
      "evaluate", [Program.pictures, "--maps", "maps", "--metric", "sparseness", "-o", "out"],
      in: folder)
    #expect(measured.code == 2, "\(measured.errors)")
    #expect(
      measured.errors.contains("explains class \(other), and class \(index) is measured"),
      "\(measured.errors)")
  }

  @Test("a map of another tool that is as large as the picture covers it, and that is said")
  func foreignMaps() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(40, 40), to: "in/a.png")
    // What the preset leaves out is bright; inside the map rises from left to right.
    let map = (0..<1600).map { (place: Int) -> Float in
      let (column, row) = (place % 40, place / 40)
      let isInner = (2..<38).contains(column) && (2..<38).contains(row)
      return isInner ? Float(column - 2) : 1000
    }
    try folder.write(npy([40, 40], map), to: "whole/a.npy")
    let inner = (0..<32 * 32).map { Float($0 % 32) }
    try folder.write(npy([32, 32], inner), to: "inner/a.npy")
    var numbers: [Double] = []
    for name in ["whole", "inner"] {
      let run = try run(
        "evaluate",
        [
          "in", "--preset", "imagenet", "--maps", name, "--metric", "sparseness", "-o", "o-\(name)",
        ],
        in: folder)
      #expect(run.code == 0 && run.errors.contains("as large as its picture"), "\(run.errors)")
      numbers += try values(folder, "o-\(name)").values
    }
    #expect(numbers.count == 2 && abs(numbers[0] - numbers[1]) < 0.02, "\(numbers)")
  }

  @Test("maps are chosen by the target as it is written, and what has none is counted")
  func targets() throws {
    let folder = try TemporaryFolder()
    let all = ["3", "not:3", "prob:3", "3-5", "4-5"]
    let words = [Program.pictures, "--method", "grad-cam"]
    let explain = try run(
      "explain",
      words + ["--save", "map", "-q", "-o", "maps"] + all.flatMap { ["--target", $0] },
      in: folder)
    #expect(explain.code == 0, "\(explain.errors)")
    let wanted = ["not:3", "4-5", "3"].flatMap { ["--target", $0] }
    let metrics = ["--metric", "sparseness"]
    #expect(try run("evaluate", words + wanted + metrics + ["-o", "own"], in: folder).code == 0)
    let again = try run(
      "evaluate", [Program.pictures, "--maps", "maps", "-o", "again"] + wanted + metrics,
      in: folder)
    #expect(again.code == 0, "\(again.errors)")
    #expect(try values(folder, "own") == values(folder, "again"))
    #expect(Set(try values(folder, "own").values).count > 10)
    // A class whose map is missing beside one whose map is there.
    let part = try run(
      "evaluate",
      [Program.pictures, "--maps", "maps", "--target", "3", "--target", "7", "-o", "part"]
        + metrics, in: folder)
    #expect(part.code == 2 && part.errors.contains("holds no map of its target 7"))
    let row = try #require(
      (try folder.document("part/summary.json")["rows"] as? [[String: Any]])?.first)
    #expect(row["n"] as? Int == 5 && row["failed"] as? Int == 5 && row["skipped"] as? Int == 0)
    let lost = try folder.records("part/evaluation.jsonl").filter { $0["failed"] as? Bool == true }
    #expect(lost.count == 5 && lost.allSatisfy { ($0["reason"] as? String)?.isEmpty == false })
    // What failed is tried again, and the rest is kept.
    let resumed = try run(
      "evaluate",
      [Program.pictures, "--maps", "maps", "--target", "3", "--target", "7", "-o", "part"]
        + metrics + ["--resume"], in: folder)
    #expect(resumed.code == 2)
    #expect(try folder.records("part/evaluation.jsonl").count == 15)
  }

  @Test("numbers that cannot be added up and files that are too large are one line")
  func hostileMaps() throws {
    let folder = try TemporaryFolder()
    let set = try SceneFiles(in: folder, count: 3)
    let names = try folder.files(below: "set/images").map { $0.dropLast(4) }
    try folder.write(
      npy([3, 4, 4], [Float](repeating: 3e38, count: 48)), to: "tool/\(names[0]).npy")
    // A gigabyte and more that takes no room on the disk.
    let large = try folder.write(npy([16385, 16385], []), to: "tool/\(names[1]).npy")
    let handle = try #require(FileHandle(forWritingAtPath: large))
    try handle.truncate(atOffset: 128 + 4 * 16385 * 16385)
    try handle.close()
    try folder.write(
      npy([4, 4], (0..<16).map { (place: Int) -> Float in place % 2 == 0 ? 3e38 : -3e38 }),
      to: "tool/\(names[2]).npy")
    let run = try run(
      "evaluate",
      [
        "set", "--labels", set.labels, "--maps", "tool", "-o", "out", "--metric",
        "segmentation-ap,segmentation,energy,pointing,sparseness",
      ], in: folder)
    #expect(run.code == 2, "\(run.errors)")
    #expect(run.errors.contains("too large to be added up"))
    #expect(run.errors.contains("a map of 16385x16385"))
    for record in try folder.records("out/evaluation.jsonl") {
      let value = record["value"] as? Double
      #expect(value?.isFinite ?? true, "\(record)")
    }
  }

  @Test(
    "maps with one value everywhere are counted by every metric, and missing ones have failed",
    .enabled(if: Python.isThere))
  func constantMaps() throws {
    let folder = try TemporaryFolder()
    let set = try SceneFiles(in: folder, count: 5)
    let names = try folder.files(below: "set/images").map { String($0.dropLast(4)) }
    // Two of four are constant, and the fifth is missing.
    for (place, name) in names.dropLast().enumerated() {
      let map = (0..<64).map { place < 2 ? 0.5 : Float($0 * (place + 5) % 23) }
      try folder.write(npy([8, 8], map), to: "tool/\(name).npy")
    }
    let ofScores = [
      "deletion", "over-all", "average-drop", "increase", "road", "infidelity", "sparseness",
      "complexity",
    ]
    let ofObjects = [
      "pointing", "energy", "localisation", "segmentation", "segmentation-accuracy",
      "segmentation-ap",
    ]
    let run = try run(
      "evaluate",
      [
        "set", "--labels", set.labels, "--maps", "tool", "-o", "out", "--metric",
        (ofScores + ofObjects).joined(separator: ","), "--set", "infidelity.n=4",
      ] + EvaluateTests.curves, in: folder)
    #expect(run.code == 2, "\(run.errors)")
    let rows = try #require(
      try folder.document("out/summary.json")["rows"] as? [[String: Any]])
    #expect(rows.count == ofScores.count + ofObjects.count)
    let records = try folder.records("out/evaluation.jsonl").filter { $0["error"] == nil }
    for row in rows {
      let metric = try #require(row["metric"] as? String)
      let measured = records.filter { $0["metric"] as? String == metric && $0["value"] is Double }
      let empty = measured.filter { record in
        names.prefix(2).contains { (record["image"] as? String ?? "").contains($0) }
      }
      #expect(row["n"] as? Int == measured.count && row["degenerate"] as? Int == empty.count)
      #expect(!empty.isEmpty, "\(row)")
      guard ofScores.contains(metric) else { continue }
      #expect(measured.count == 4 && empty.count == 2 && row["failed"] as? Int == 1, "\(row)")
    }
    #expect(try EvaluateTests.recompute("out", in: folder).code == 0)
  }

  @Test("records of many pieces are summed as if they were in memory")
  func sortedRecords() throws {
    let folder = try TemporaryFolder()
    let words = [Program.pictures, "--method", "centre,random", "--metric", "deletion", "--curves"]
    #expect(try run("evaluate", words + ["-o", "a"], in: folder).code == 0)
    let lines = try folder.bytes("a/evaluation.jsonl").split(separator: 10)
    // As if a first run had stopped behind the second image: its lines come first.
    let image = { (line: ArraySlice<UInt8>) in
      String(decoding: line, as: UTF8.self).contains("pictures.input.npy.1\"")
    }
    let turned = lines.filter(image) + lines.filter { !image($0) }
    let page = try folder.bytes("a/summary.json")
    try folder.write(Array(turned.joined(separator: [10])) + [10], to: "a/evaluation.jsonl")
    #expect(try run("evaluate", words + ["-o", "a", "--resume"], in: folder).code == 0)
    #expect(
      try folder.bytes("a/evaluation.jsonl").split(separator: 10).map(Array.init)
        == lines.map(Array.init))
    #expect(try folder.bytes("a/summary.json") == page)
  }
}
