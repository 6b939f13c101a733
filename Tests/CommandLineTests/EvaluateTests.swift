import Foundation
import Testing

/// Maps measured over a data set: the verb `evaluate`.
@Suite struct EvaluateTests {
  static let common = ["--model", Program.model, "--device", "reference"]
  static let curves = ["--set", "insertion-deletion.step=448"]

  func evaluate(_ words: [String], in folder: TemporaryFolder) throws -> Run {
    try Program.run(["evaluate"] + Self.common + words, in: folder.path)
  }

  func rows(_ folder: TemporaryFolder, _ name: String) throws -> [[String: Any]] {
    try #require(try folder.document("\(name)/summary.json")["rows"] as? [[String: Any]])
  }

  /// The numbers of a summary, by what they are of.
  func numbers(_ folder: TemporaryFolder, _ name: String) throws -> [String: [Double?]] {
    var numbers: [String: [Double?]] = [:]
    for row in try rows(folder, name) {
      let key = ["method", "layer", "metric"].map { row[$0] as? String ?? "" }
      numbers[key.joined(separator: " ")] =
        ["mean", "low", "high", "n", "failed", "degenerate", "skipped"].map { row[$0] as? Double }
    }
    return numbers
  }

  static let mistakes = [
    Mistake("evaluate", 64, "no INPUT"),
    Mistake("evaluate PICTURES", 64, "--model", "is missing"),
    Mistake("evaluate PICTURES -m MODEL --metric insertoin", 64, "did you mean insertion?"),
    Mistake("evaluate PICTURES -m MODEL --metric pointing:toll=3", 64, "toll", "did you mean tol?"),
    Mistake("evaluate PICTURES -m MODEL --metric pointing:tol", 64, "KEY=VALUE"),
    Mistake("evaluate PICTURES -m MODEL --metric pointing:tol=x", 64, "pointing-game.tol", "x"),
    Mistake("evaluate PICTURES -m MODEL --metric pointing", 64, "nobody says", "--truth"),
    Mistake("evaluate PICTURES -m MODEL --metric pointing --truth folders", 65, "folders"),
    Mistake("evaluate PICTURES -m MODEL --metric pointing --truth no.json", 66, "no.json"),
    Mistake("evaluate PICTURES -m MODEL --protocol papier", 64, "did you mean paper?"),
    Mistake("evaluate PICTURES -m MODEL --sweep groups", 64, "SETTING=V,V"),
    Mistake("evaluate PICTURES -m MODEL --sweep group-cam.grups=1,2", 64, "did you mean groups?"),
    Mistake("evaluate PICTURES -m MODEL --sweep groups=1,1", 64, "twice"),
    Mistake("evaluate PICTURES -m MODEL --sweep groups=0", 64, "--sweep groups=0: group-cam.gr"),
    Mistake("evaluate PICTURES -m MODEL --sweep layer=layer9", 64, "--sweep layer=layer9: no such"),
    Mistake("evaluate PICTURES -m MODEL --maps PICTURES", 65, "is no folder"),
    Mistake("evaluate PICTURES -m MODEL --maps /dev", 65, "holds a map of no input"),
    Mistake("evaluate PICTURES -m MODEL --sweep layer=a --layer b", 64, "--sweep layer"),
    Mistake("evaluate PICTURES -m MODEL --limit 0", 64, "--limit 0"),
    Mistake("evaluate PICTURES -m MODEL --set pointing-game.tol=3", 64, "is not among the metrics"),
    Mistake("evaluate PICTURES -m MODEL --set tol=3", 64, "pointing is not among the metrics"),
    Mistake("evaluate PICTURES -m MODEL --recipe keras-blg", 64, "did you mean keras-blog?"),
    Mistake("evaluate PICTURES -m MODEL --from nothing.json", 66, "nothing.json"),
    Mistake("evaluate PICTURES -m MODEL --shard 4/4", 64, "--shard 4/4", "from 0 to N-1"),
    Mistake("evaluate PICTURES -m MODEL --set thetta=3", 64, "did you mean theta?"),
    Mistake("evaluate PICTURES -m MODEL --maps nothing", 66, "--maps nothing", "no such folder"),
    Mistake("evaluate PICTURES -m MODEL --maps a --method rise", 64, "--maps a"),
    Mistake("evaluate PICTURES -m MODEL --save map", 64, "--save: no such flag"),
    Mistake("evaluate PICTURES -m MODEL --method randm", 64, "did you mean random?"),
    Mistake("explain PICTURES -m MODEL --method random", 64, "random", "no such method"),
  ]

  @Test("a mistake gets one line that says what to type", arguments: mistakes)
  func mistakeGetsOneLine(mistake: Mistake) throws {
    let folder = try TemporaryFolder()
    let run = try Program.run(mistake.arguments, in: folder.path)
    #expect(run.code == mistake.code, "\(run.errors)")
    #expect(run.errorLines.count == 1 && run.output.isEmpty, "\(run.errors)")
    for part in mistake.parts { #expect(run.errors.contains(part), "\(run.errors)") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test("records, summary, table and report agree, at any batch size")
  func filesAgree() throws {
    let folder = try TemporaryFolder()
    let words =
      [Program.pictures, "--method", "grad-cam,group-cam:groups=4,random", "--metric"]
      + ["insertion,deletion,over-all,sparseness,win", "--curves"] + Self.curves
    for (name, size) in [("one", "1"), ("five", "5")] {
      let run = try evaluate(words + ["-o", name, "--batch-size", size], in: folder)
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.lines.first?.hasPrefix("metric") == true)
      #expect(run.lines.last?.hasSuffix("\(name)/report.html") == true)
    }
    #expect(try folder.bytes("one/evaluation.jsonl") == folder.bytes("five/evaluation.jsonl"))
    #expect(try numbers(folder, "one") == numbers(folder, "five"))
    #expect(
      try folder.files(below: "one") == [
        "evaluation.jsonl", "report.html", "run.json", "summary.json",
      ])
    let records = try folder.records("one/evaluation.jsonl")
    #expect(records.count == 5 * 3 * 5)
    let first = try #require(records.first)
    #expect(first["image"] as? String == "pictures.input.npy.0")
    #expect(first["method"] as? String == "grad-cam" && first["metric"] as? String == "insertion")
    #expect(first["protocol"] as? String == "default" && first["layer"] as? String == "layer4.0")
    let curve = try #require((first["curves"] as? [String: [Double]])?["insertion"])
    #expect(curve.count == 4)
    let area = (curve.reduce(0, +) - curve[0] / 2 - curve[3] / 2) / 3
    #expect(abs((first["value"] as? Double ?? -1) - area) < 1e-9)
    let all = try rows(folder, "one")
    #expect(all.count == 15 && all.allSatisfy { $0["n"] as? Int == 5 })
    let summary = try folder.document("one/summary.json")
    #expect(summary["images"] as? Int == 5 && summary["failed"] as? Int == 0)
    let pairs = try #require(summary["paired"] as? [[String: Any]])
    #expect(pairs.count == 15 && pairs[0]["b"] as? String == "group-cam_groups=4")
    let page = String(decoding: try folder.bytes("one/report.html"), as: UTF8.self)
    #expect(page.contains("<polyline") && !page.contains("<script") && !page.contains("http-eq=\""))
  }

  @Test("a summary is what a script makes of the records", .enabled(if: Python.isThere))
  func scriptAgrees() throws {
    let folder = try TemporaryFolder()
    let set = try SceneFiles(in: folder, count: 6)
    let run = try evaluate(
      ["set", "--labels", set.labels, "--method", "grad-cam,centre", "-o", "out", "--metric"]
        + ["pointing,energy,localisation,segmentation,segmentation-accuracy,deletion,adcc"]
        + Self.curves, in: folder)
    #expect([0, 2].contains(run.code), "\(run.errors)")
    let check = try Self.recompute("out", in: folder)
    // Of each of 14 rows seven numbers, of each of 7 pairs four, and two of the run.
    let count = check.output.split(separator: " ").first.flatMap { Int($0) } ?? 0
    #expect(check.code == 0 && count >= 14 * 7 + 7 * 4 + 2, "\(check.output) \(check.errors)")
    // A number that is another one, a row and a pair that are missing are found.
    let whole = try folder.document("out/summary.json")
    let rows = try #require(whole["rows"] as? [[String: Any]])
    let pairs = try #require(whole["paired"] as? [[String: Any]])
    var moved = rows
    moved[0]["mean"] = try #require(rows[0]["mean"] as? Double) + 1e-6
    for (key, value) in [
      ("rows", moved), ("rows", Array(rows.dropLast())), ("paired", Array(pairs.dropLast())),
    ] {
      var changed = whole
      changed[key] = value
      try folder.write(
        [UInt8](try JSONSerialization.data(withJSONObject: changed)), to: "out/summary.json")
      #expect(try Self.recompute("out", in: folder).code == 1, "\(key) \(value.count)")
    }
  }

  /// What `Tools/recompute_summary.py` says of a run.
  static func recompute(_ name: String, in folder: TemporaryFolder) throws -> Run {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Tools/recompute_summary.py").path
    return try Program.start(
      ["python3", script, name], in: folder.path, setting: [:], program: "/usr/bin/env"
    ).wait()
  }

  @Test("one set of scenes as COCO, VOC, ImageNet and its own has the same numbers")
  func annotationsAgree() throws {
    let folder = try TemporaryFolder()
    let set = try SceneFiles(in: folder, count: 8)
    try set.writeOthers()
    let metrics = [
      "--metric", "pointing:region=box,pointing:region=box:tol=0,energy,localisation:top=2",
      "--metric", "segmentation:region=box,segmentation-accuracy:region=box",
      "--metric", "segmentation-ap:region=box", "--method", "grad-cam", "--labels", set.labels,
    ]
    let own = try evaluate(["set", "-o", "own"] + metrics, in: folder)
    #expect([0, 2].contains(own.code), "\(own.errors)")
    let expected = try numbers(folder, "own")
    #expect(expected.count == 7 && expected.values.allSatisfy { $0[3] ?? 0 > 0 })
    for source in ["coco.json", "voc", "imagenet", "boxes.csv"] {
      let run = try evaluate(
        ["plain", "--truth", source, "-o", "out-\(source)"] + metrics, in: folder)
      #expect(run.code == own.code, "\(source): \(run.errors)")
      #expect(try numbers(folder, "out-\(source)") == expected, "\(source)")
    }
    // Masks: run lengths, compressed ones, and the pictures beside them.
    let masks = ["--metric", "pointing:region=mask,segmentation:region=mask"]
    let words = masks + ["--method", "grad-cam", "--labels", set.labels]
    #expect(try evaluate(["set", "-o", "m1"] + words, in: folder).code == own.code)
    let packed = try evaluate(
      ["plain", "--truth", "packed.json", "-o", "m2"] + words, in: folder)
    #expect(packed.code == own.code, "\(packed.errors)")
    #expect(try numbers(folder, "m1") == numbers(folder, "m2"))
  }

  @Test("damaged and missing annotations are a line each, and count as failed")
  func brokenAnnotations() throws {
    let folder = try TemporaryFolder()
    let set = try SceneFiles(in: folder, count: 4)
    try set.writeOthers()
    try folder.write(Array("<annotation><object></annotation>".utf8), to: "voc/000001.xml")
    try FileManager.default.removeItem(atPath: folder.file("voc/000002.xml"))
    let run = try evaluate(
      [
        "plain", "--truth", "voc", "--labels", set.labels, "--metric", "pointing,sparseness",
        "--method", "grad-cam", "-o", "out",
      ], in: folder)
    #expect(run.code == 2)
    let complaints = run.errorLines.filter { $0.hasPrefix("salient: ") }
    #expect(complaints.count { $0.contains("000001") } == 1, "\(run.errors)")
    #expect(complaints.count { $0.contains("000002") } == 1, "\(run.errors)")
    let found = try numbers(folder, "out")
    #expect(found.first { $0.key.hasSuffix("sparseness") }?.value[3] == 4)
    let pointing = try #require(found.first { $0.key.hasSuffix("pointing") }?.value)
    // Of the others each class counts.
    #expect((2...3).contains(pointing[4] ?? 0) && (pointing[3] ?? 0) >= 4 - (pointing[4] ?? 0))
  }

  @Test("finished maps are measured as those of the method; maps of any size and type count")
  func finishedMaps() throws {
    let folder = try TemporaryFolder()
    let metrics = ["--metric", "deletion,sparseness"] + Self.curves
    #expect(
      try evaluate([Program.pictures, "--method", "grad-cam", "-o", "a"] + metrics, in: folder)
        .code == 0)
    let explain = try Program.run(
      ["explain", Program.pictures, "-o", "maps", "--method", "grad-cam", "--save", "map", "-q"]
        + Self.common, in: folder.path)
    #expect(explain.code == 0, "\(explain.errors)")
    let run = try evaluate([Program.pictures, "--maps", "maps", "-o", "b"] + metrics, in: folder)
    #expect(run.code == 0, "\(run.errors)")
    #expect(try numbers(folder, "a") == numbers(folder, "b"))
    // Another tool: float64 of another size, one map missing, one not finite.
    for row in 0..<4 {
      let values = (0..<63).map { row == 3 && $0 == 5 ? Float.nan : Float($0 * (row + 1) % 17) }
      try folder.write(double([7, 9], values), to: "tool/pictures.input.npy.\(row).npy")
    }
    let tool = try evaluate([Program.pictures, "--maps", "tool", "-o", "c"] + metrics, in: folder)
    #expect(tool.code == 2, "\(tool.errors)")
    #expect(tool.errors.contains("holds no map of it") && tool.errors.contains("NaN"))
    for (key, values) in try numbers(folder, "c") {
      #expect(key.hasPrefix("tool ") && values[3] == 3 && values[4] == 2, "\(key) \(values)")
    }
    let again = try evaluate(
      [Program.pictures, "--maps", "tool", "-o", "d", "--metric", "coherency"], in: folder)
    #expect(again.code == 64 && again.errors.contains("finished maps have none"))
  }

  @Test("maps of pytorch-grad-cam of several sizes and types have the deletion of PyTorch's loop")
  func peerMaps() throws {
    let folder = try TemporaryFolder()
    let maps = URL(fileURLWithPath: Program.networks).deletingLastPathComponent()
      .appendingPathComponent("evaluation/grad-cam").path
    let run = try evaluate(
      [Program.pictures, "--maps", maps, "--metric", "deletion", "-o", "out"] + Self.curves,
      in: folder)
    #expect(run.code == 0, "\(run.errors)")
    let known = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: "\(maps)/deletion.json")))
    let areas = try #require((known as? [String: Any])?["areas"] as? [Double])
    let found = try folder.records("out/evaluation.jsonl").map { $0["value"] as? Double }
    #expect(areas.count == 5 && found.count == 5)
    for (area, value) in zip(areas, found) { #expect(abs((value ?? .infinity) - area) < 1e-4) }
  }

  @Test("sweeps go one at a time, and layers are ranked by over-all")
  func sweeps() throws {
    let folder = try TemporaryFolder()
    let run = try evaluate(
      [
        Program.pictures, "--limit", "2", "--sweep", "group-cam.groups=1,4", "--sweep",
        "theta=0,70", "--metric", "sparseness", "--method", "group-cam,grad-cam", "-o", "a",
      ], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    let methods = try rows(folder, "a").map { $0["method"] as? String }
    #expect(
      methods == [
        "group-cam_groups=1", "group-cam_groups=4", "group-cam_theta=0", "group-cam_theta=70",
        "grad-cam",
      ])
    #expect(try rows(folder, "a").allSatisfy { $0["n"] as? Int == 2 })
    let layers = try evaluate(
      [Program.pictures, "--limit", "2", "--sweep", "layer=layer3,layer4", "-o", "b"]
        + ["--method", "grad-cam"] + Self.curves, in: folder)
    #expect(layers.code == 0 && layers.output.contains("layers of grad-cam by over-all"))
    let summary = try folder.document("b/summary.json")
    let ranking = try #require(summary["ranking"] as? [[String: Any]])
    let ranked = try rows(folder, "b").filter { $0["metric"] as? String == "over-all" }
      .sorted { ($0["mean"] as? Double ?? 0) > ($1["mean"] as? Double ?? 0) }
      .compactMap { $0["layer"] as? String }
    #expect(Set(ranked) == ["layer3", "layer4"])
    #expect(ranking.count == 1 && ranking[0]["layers"] as? [String] == ranked)
    #expect(layers.output.contains("layers of grad-cam by over-all: \(ranked[0]) "))
  }

  @Test("a protocol sets constants and shows what is published; nothing is written by a dry run")
  func protocols() throws {
    let folder = try TemporaryFolder()
    let dry = try evaluate(
      [Program.pictures, "--protocol", "rise", "--dry-run", "-o", "dry"], in: folder)
    #expect(dry.code == 0 && dry.errors.contains("protocol rise"), "\(dry.errors)")
    #expect(try folder.files().isEmpty)
    let run = try evaluate(
      [Program.pictures, "--protocol", "group-cam", "--method", "grad-cam", "-o", "out"],
      in: folder)
    #expect(run.code == 0 && run.output.contains("published, on another data set"))
    let found = try rows(folder, "out")
    #expect(found.map { $0["metric"] as? String } == ["insertion", "deletion", "over-all"])
    #expect(found.allSatisfy { $0["protocol"] as? String == "group-cam" })
    #expect((found[0]["published"] as? [String: Any])?["value"] as? Double == 0.5167)
    let metrics = try #require(
      try folder.document("out/summary.json")["metrics"] as? [[String: Any]])
    #expect((metrics[0]["settings"] as? [String: String])?["step"] == "448")
  }

  @Test("the flags of an earlier run, a recipe and shards mean what they mean for explain")
  func earlierRuns() throws {
    let folder = try TemporaryFolder()
    let words =
      [Program.pictures, "--sweep", "group-cam.groups=1,4", "--metric", "deletion,sparseness"]
      + ["--limit", "3", "--set", "group-cam.theta=30"] + Self.curves
    #expect(try evaluate(words + ["-o", "a"], in: folder).code == 0)
    let again = try Program.run(
      ["evaluate", Program.pictures, "--from", "a/run.json", "-o", "b"], in: folder.path)
    #expect(again.code == 0, "\(again.errors)")
    #expect(try folder.bytes("a/evaluation.jsonl") == folder.bytes("b/evaluation.jsonl"))
    let other = try Program.run(
      ["evaluate", Program.pictures, "--from", "a/run.json", "-o", "c", "--method", "grad-cam"]
        + ["--metric", "sparseness", "--limit", "1"], in: folder.path)
    #expect(other.code == 0, "\(other.errors)")
    #expect(try rows(folder, "c").map { $0["method"] as? String } == ["grad-cam"])
    let recipe = try evaluate(
      [Program.pictures, "--recipe", "group-cam-head", "--metric", "sparseness", "-o", "d"],
      in: folder)
    #expect(recipe.code == 0, "\(recipe.errors)")
    let flags = try #require(try folder.document("d/run.json")["flags"] as? [String: Any])
    #expect(flags["set"] as? [String] == ["group-cam.variant=head"])
    let parts = try (0..<2).map { part in
      let run = try evaluate(
        [Program.pictures, "--shard", "\(part)/2", "--metric", "sparseness", "-o", "s\(part)"],
        in: folder)
      #expect([0, 66].contains(run.code), "\(run.errors)")
      return run.code == 0 ? try folder.records("s\(part)/evaluation.jsonl").count : 0
    }
    #expect(parts.reduce(0, +) == 5)
  }

  @Test("a data set is measured by its objects too, unasked")
  func defaults() throws {
    let folder = try TemporaryFolder()
    let set = try SceneFiles(in: folder, count: 2)
    let run = try evaluate(
      ["set", "--labels", set.labels, "--method", "grad-cam", "-o", "out"] + Self.curves,
      in: folder)
    #expect([0, 2].contains(run.code), "\(run.errors)")
    #expect(
      try rows(folder, "out").map { $0["metric"] as? String } == [
        "insertion", "deletion", "pointing", "energy", "localisation",
      ])
  }

  /// A `.npy` file of float64.
  private func double(_ shape: [Int], _ values: [Float]) -> [UInt8] {
    let head = npy(shape, type: "<f8", []).prefix { _ in true }
    return values.reduce(into: Array(head)) { bytes, value in
      withUnsafeBytes(of: Double(value).bitPattern.littleEndian) { bytes += $0 }
    }
  }
}
