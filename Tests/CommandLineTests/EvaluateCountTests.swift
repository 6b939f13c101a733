import Foundation
import Testing

/// What is measured, passed over and failed: nothing is dropped, and one odd thing stops nothing.
@Suite struct EvaluateCountTests {
  private func evaluate(_ words: [String], in folder: TemporaryFolder) throws -> Run {
    try Program.run(["evaluate"] + words + EvaluateTests.common, in: folder.path)
  }

  private func row(
    _ folder: TemporaryFolder, _ metric: String, _ method: String = "grad-cam",
    in name: String = "out"
  ) throws -> [String: Any] {
    let rows = try #require(
      try folder.document("\(name)/summary.json")["rows"] as? [[String: Any]])
    return try #require(
      rows.first { $0["metric"] as? String == metric && $0["method"] as? String == method })
  }

  @Test("pictures without objects are passed over, and odd objects spoil nothing but themselves")
  func oddObjects() throws {
    let folder = try TemporaryFolder()
    let set = try SceneFiles(in: folder, count: 6)
    try set.writeOthers()
    var coco = try folder.document("coco.json")
    var objects = try #require(coco["annotations"] as? [[String: Any]])
    let images = try #require(coco["images"] as? [[String: Any]])
    let numbers = images.compactMap { $0["id"] as? Int }
    let labels = String(decoding: try folder.bytes(set.labels), as: UTF8.self).split(
      separator: "\n")
    let categories = try #require(coco["categories"] as? [[String: Any]])
    let known = try #require(
      categories.first { labels.first.map(String.init) == $0["name"] as? String }?["id"])
    // The first has no object, the second only one of a foreign class, the third an empty box of
    // another class, the fourth a damaged object of its own class beside a sound one.
    objects = []
    func add(_ image: Int, _ category: Any, _ box: [Double]) {
      objects.append(
        [
          "id": 9000 + objects.count, "image_id": numbers[image], "category_id": category,
          "bbox": box, "area": 100, "iscrowd": 0,
        ])
    }
    add(1, 777, [3, 3, 9, 9])
    add(2, known, [3, 3, 9, 9])
    add(2, 777, [3, 3, 0, 9])
    add(2, 777, [3, 3, -4, 9])
    add(3, known, [3, 3, 9, 9])
    add(3, known, [3, 3, -4, 9])
    add(4, known, [3, 3, 9, 9])
    add(5, known, [3, 3, 9, 9])
    coco["annotations"] = objects
    try folder.write([UInt8](try JSONSerialization.data(withJSONObject: coco)), to: "odd.json")
    let words =
      ["plain", "--truth", "odd.json", "--labels", set.labels, "--method", "grad-cam", "-o", "out"]
      + ["--metric", "pointing,sparseness"]
    let run = try evaluate(words, in: folder)
    #expect(run.code == 2, "\(run.errors)")
    let complaints = run.errorLines.filter { $0.hasPrefix("salient: ") }
    #expect(complaints.count == 1 && complaints[0].contains("a bbox that is no"), "\(run.errors)")
    let pointing = try row(folder, "pointing")
    #expect(pointing["skipped"] as? Int == 2 && pointing["failed"] as? Int == 1)
    #expect(pointing["n"] as? Int == 3, "\(pointing)")
    #expect(try row(folder, "sparseness")["n"] as? Int == 6)
    // All but the damaged one are finished for good.
    let again = try evaluate(words + ["--resume"], in: folder)
    #expect(again.output.contains("5 done before"), "\(again.output)")
    #expect(try row(folder, "pointing") as NSDictionary == pointing as NSDictionary)
  }

  @Test("classes that do not occur count in the mean, in every form of annotation alike")
  func absentClasses() throws {
    let folder = try TemporaryFolder()
    let set = try SceneFiles(in: folder, count: 3)
    try set.writeOthers()
    let words = ["--labels", set.labels, "--method", "centre", "--metric"]
    let metrics = ["pointing:tol=60:region=box,pointing:tol=60:region=box:classes=seen"]
    var found: [[Double?]] = []
    for source in ["coco.json", "voc", "imagenet", "boxes.csv"] {
      let run = try evaluate(
        ["plain", "--truth", source, "-o", "out-\(source)"] + words + metrics, in: folder)
      #expect([0, 2].contains(run.code), "\(run.errors)")
      found.append(
        try ["pointing_tol=60_region=box", "pointing_tol=60_region=box_classes=seen"].map {
          try row(folder, $0, "centre", in: "out-\(source)")["mean"] as? Double
        })
    }
    #expect(Set(found).count == 1, "\(found)")
    // Fewer than the ten classes of the network occur in three scenes.
    let (all, seen) = (try #require(found[0][0]), try #require(found[0][1]))
    #expect(all < seen && seen <= 1)
    let classes = (all * 10 / seen).rounded()
    #expect(abs(all * 10 - seen * classes) < 1e-9)
  }

  @Test("a metric that means nothing for one method passes that pair over alone")
  func meaninglessPair() throws {
    let folder = try TemporaryFolder()
    let words = [Program.pictures, "--metric", "infidelity,sparseness", "--set", "infidelity.n=4"]
    let run = try evaluate(words + ["--method", "grad-cam,gradient", "-o", "out"], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.errors.contains("passed over: infidelity.perturb=square needs maps"))
    let pair = try row(folder, "infidelity", "gradient")
    #expect(pair["n"] as? Int == 0 && pair["skipped"] as? Int == 5 && pair["failed"] as? Int == 0)
    #expect(try row(folder, "infidelity")["n"] as? Int == 5)
    #expect(try row(folder, "sparseness", "gradient")["n"] as? Int == 5)
    let alone = try evaluate(words + ["--method", "gradient", "-o", "alone"], in: folder)
    #expect(alone.code == 65 && alone.errors.contains("try perturb=noise"))
  }

  @Test("a bare setting is for the metrics and methods of the run that have it")
  func bareSettings() throws {
    let folder = try TemporaryFolder()
    func run(_ method: String, _ metric: String) throws -> Run {
      try evaluate(
        [Program.pictures, "--method", method, "--metric", metric, "--set", "n=3"]
          + ["--limit", "1", "--overwrite", "-o", "out"], in: folder)
    }
    func samples() throws -> String? {
      let metrics = try folder.document("out/summary.json")["metrics"] as? [[String: Any]]
      return (metrics?.first?["settings"] as? [String: String])?["n"]
    }
    // Other methods have a setting of this name, grad-cam has none.
    let alone = try run("grad-cam", "max-sensitivity")
    #expect(try alone.code == 0 && samples() == "3", "\(alone.errors)")
    let both = try run("smoothgrad", "max-sensitivity")
    #expect(try both.code == 0 && samples() == "3", "\(both.errors)")
    let flags = try #require(try folder.document("out/run.json")["flags"] as? [String: Any])
    #expect(flags["set"] as? [String] == ["n=3"])
    let none = try run("grad-cam", "sparseness")
    #expect(none.code == 64 && none.errors.contains("grad-cam has no setting n"))
  }

  @Test("a protocol says how pictures come to their size, and the model keeps its colours")
  func protocolPreset() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(90, 60), to: "a.png")
    func line(_ words: [String]) throws -> String {
      let run = try Program.run(
        ["evaluate", "a.png", "--dry-run", "-o", "out"] + words, in: folder.path)
      #expect(run.code == 0, "\(run.errors)")
      return run.errorLines.first { $0.hasPrefix("input") } ?? ""
    }
    func scores(_ words: [String]) throws -> String {
      let run = try Program.run(
        ["evaluate", "a.png", "--dry-run", "-o", "out"] + EvaluateTests.common + words,
        in: folder.path)
      let line = try #require(run.errorLines.first { $0.hasPrefix("layer") }, "\(run.errors)")
      return line.components(separatedBy: "scores  ").last ?? ""
    }
    #expect(try scores(["--protocol", "paper"]) == "softmax [--protocol paper]")
    #expect(try scores(["--protocol", "paper", "--scores", "raw"]) == "raw [--scores]")
    let scenes = ["-m", "scenes", "--device", "reference"]
    let own = try line(scenes)
    #expect(own.contains("[model]"), "\(own)")
    let rise = try line(scenes + ["--protocol", "rise"])
    #expect(rise.contains("squash224 [--protocol rise, colours of the model]: squashed"), "\(rise)")
    let paper = try line(scenes + ["--protocol", "paper"])
    #expect(paper.contains("imagenet [--protocol paper") && paper.contains("centre crop"))
    let flag = try line(scenes + ["--protocol", "rise", "--preset", "imagenet"])
    #expect(flag.contains("imagenet [--preset]"), "\(flag)")
    let none = try line(EvaluateTests.common + ["--protocol", "rise"])
    #expect(none.contains("squash224 [--protocol rise]"), "\(none)")
    let ray = try Program.run(
      ["evaluate", "a.png", "--dry-run", "-o", "out", "--metric", "sparseness", "--protocol"]
        + ["torchray"] + EvaluateTests.common, in: folder.path)
    #expect(ray.errors.contains("note     --protocol torchray: networks are not made fully"))
  }

  @Test("passes that metrics share are counted once")
  func workLine() throws {
    let folder = try TemporaryFolder()
    func forwards(_ metrics: String) throws -> String {
      let run = try evaluate(
        [Program.pictures, "--method", "grad-cam", "--metric", metrics, "--dry-run", "-o", "out"],
        in: folder)
      let line = run.errorLines.first { $0.hasPrefix("work") } ?? ""
      #expect(line.contains("about"), "\(run.errors)")
      return line.split(separator: "=").last?.split(separator: ",").first.map(String.init) ?? ""
    }
    #expect(try forwards("insertion,deletion,over-all") == forwards("over-all"))
    #expect(try forwards("average-drop,increase,win,adcc") == forwards("adcc"))
    #expect(try forwards("deletion") != forwards("over-all"))
  }

  @Test("a map is announced for each class of a picture's objects, and floors cost nothing")
  func workOfObjects() throws {
    let folder = try TemporaryFolder()
    let count = 6
    let set = try SceneFiles(in: folder, count: count)
    func forwards(_ metrics: String, _ methods: String) throws -> Int {
      let run = try evaluate(
        ["set", "--labels", set.labels, "--method", methods, "--metric", metrics, "--dry-run"]
          + ["-o", "out"], in: folder)
      let line = try #require(run.errorLines.first { $0.hasPrefix("work") }, "\(run.errors)")
      #expect(line.contains(" to write"), "\(line)")
      let words = line.split(separator: "=").last?.split(separator: " ") ?? []
      return try #require(words.first.flatMap { Int($0) }, "\(line)")
    }
    let labels = String(decoding: try folder.bytes(set.labels), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    let file = try folder.document("set/annotations.json")
    let categories = try #require(file["categories"] as? [[String: Any]])
    let known = categories.filter { labels.contains($0["name"] as? String ?? "") }
    let numbers = Set(known.compactMap { $0["id"] as? Int })
    let objects = try #require(file["annotations"] as? [[String: Any]])
    let classes = Set(
      objects.filter { numbers.contains($0["category_id"] as? Int ?? -1) }
        .map { "\($0["image_id"] ?? "") \($0["category_id"] ?? "")" }
    ).count
    #expect(classes > count)
    let method = "group-cam:groups=4"
    let (one, each) = try (forwards("sparseness", method), forwards("pointing,energy", method))
    #expect(one > count && (each - count) * count == (one - count) * classes, "\(one) \(each)")
    #expect(try forwards("sparseness", "grad-cam,centre") == count)
  }

  @Test("what an earlier run has measured is not announced again")
  func resumedWork() throws {
    let folder = try TemporaryFolder()
    func line(_ more: [String]) throws -> String {
      let run = try evaluate(
        [Program.pictures, "--method", "random", "--metric", "sparseness", "-o", "out"] + more,
        in: folder)
      #expect(run.code == 0, "\(run.errors)")
      return try #require(run.errorLines.first { $0.hasPrefix("work") })
    }
    #expect(try line([]).contains(", about "))
    #expect(try line(["--resume"]) == "work     5 images, all of them measured before")
    let lines = try folder.bytes("out/evaluation.jsonl").split(separator: 10).prefix(3)
    try folder.write(Array(lines.joined(separator: [10])) + [10], to: "out/evaluation.jsonl")
    #expect(try line(["--resume", "--dry-run"]).hasPrefix("work     5 images (3 measured before)"))
  }

  @Test("shards together are the first images")
  func limitedShards() throws {
    let folder = try TemporaryFolder()
    for number in 0..<9 {
      try folder.write(try Pictures.png(8, 8, seed: number), to: "in/\(number).png")
    }
    var names: [String] = []
    for part in 0..<2 {
      let run = try evaluate(
        ["in", "--method", "random", "--metric", "sparseness", "--limit", "6"]
          + ["--shard", "\(part)/2", "-o", "part\(part)"], in: folder)
      #expect([0, 66].contains(run.code), "\(run.errors)")
      guard run.code == 0 else { continue }
      names += try folder.records("part\(part)/evaluation.jsonl").compactMap {
        $0["image"] as? String
      }
    }
    #expect(names.sorted() == (0..<6).map { "\($0).png" })
  }

  @Test("what was made of earlier records is gone while a run goes on")
  func staleSummary() throws {
    let folder = try TemporaryFolder()
    let words =
      [Program.pictures, "--method", "rise:masks=400", "--metric", "sparseness", "-o", "out"]
      + ["--batch-size", "1"]
    #expect(try evaluate(words, in: folder).code == 0)
    // Half of the records are lost, as if the run had been interrupted.
    let lines = try folder.bytes("out/evaluation.jsonl").split(separator: 10).prefix(2)
    try folder.write(Array(lines.joined(separator: [10])) + [10], to: "out/evaluation.jsonl")
    let running = try Program.start(
      ["evaluate"] + words + ["--resume"] + EvaluateTests.common, in: folder.path)
    let end = Date().addingTimeInterval(60)
    var isGone = false
    while running.process.isRunning, Date() < end, !isGone {
      usleep(500)
      isGone = !FileManager.default.fileExists(atPath: folder.file("out/summary.json"))
    }
    #expect(isGone)
    #expect(try running.wait().code == 0)
    #expect(try folder.files(below: "out").contains("summary.json"))
  }

  @Test("records are the same at any batch size and memory on the device of this machine")
  func devicesAgree() throws {
    let folder = try TemporaryFolder()
    let metrics =
      "insertion,deletion,over-all,average-drop,increase,coherency,adcc,arcc,road,sparseness,"
      + "complexity,infidelity,max-sensitivity,sanity-check"
    let words =
      [
        "evaluate", Program.pictures, "-m", Program.model, "--method",
        "grad-cam,group-cam:groups=4",
      ]
      + [
        "--metric", metrics, "--set", "infidelity.n=6", "--set", "max-sensitivity.n=2", "--curves",
      ]
      + ["-q"] + EvaluateTests.curves
    var first: [UInt8]?
    for (name, more) in [
      ("five", ["--batch-size", "5"]), ("three", ["--batch-size", "3"]),
      ("one", ["--batch-size", "1"]), ("small", ["--batch-size", "5", "--memory", "40M"]),
    ] {
      let run = try Program.run(words + more + ["-o", name], in: folder.path)
      #expect(run.code == 0, "\(name): \(run.errors)")
      let records = try folder.bytes("\(name)/evaluation.jsonl")
      #expect(records == first ?? records, "\(name)")
      first = first ?? records
    }
    #expect(try folder.records("five/evaluation.jsonl").count == 5 * 2 * 14)
  }

  @Test("records of objects are the same at any batch size on the device of this machine")
  func devicesAgreeOnObjects() throws {
    let folder = try TemporaryFolder()
    let set = try SceneFiles(in: folder, count: 6)
    let words = [
      "evaluate", "set", "-m", Program.model, "--labels", set.labels, "--method", "grad-cam,centre",
      "-q", "--metric", "pointing,energy,localisation:top=3,segmentation,segmentation-accuracy",
      "--metric", "segmentation-ap,win",
    ]
    var found: [[UInt8]] = []
    for size in ["1", "5"] {
      let run = try Program.run(words + ["--batch-size", size, "-o", size], in: folder.path)
      #expect([0, 2].contains(run.code), "\(run.errors)")
      found.append(try folder.bytes("\(size)/evaluation.jsonl"))
    }
    #expect(found[0] == found[1])
    // Two methods, and at least a record of each picture and metric.
    #expect(found[0].count { $0 == 10 } >= 6 * 2 * 7)
  }
}
