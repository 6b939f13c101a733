import Foundation
import Testing

/// True classes, data sets and the targets that they are for.
@Suite struct TruthTests {
  func explain(_ words: [String], in folder: TemporaryFolder) throws -> Run {
    let common = ["--model", Program.model, "--device", "reference", "--method", "grad-cam"]
    return try Program.run(["explain"] + common + words, in: folder.path)
  }

  /// A data set of three pictures with their masks; the third one has no object.
  func dataSet() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for number in 0..<3 {
      try folder.write(try Pictures.png(48, 40, seed: number), to: "set/images/00000\(number).png")
      try folder.write(try Pictures.png(48, 40), to: "set/masks/00000\(number).png")
    }
    let images = (0..<3).map { #"{"id": \#($0), "file_name": "images/00000\#($0).png"}"# }
    let categories = (0..<10).map { #"{"id": \#($0), "name": "thing \#($0)"}"# }
    try folder.write(
      Array(
        """
        {"images": [\(images.joined(separator: ", "))],
        "categories": [\(categories.joined(separator: ", "))],
        "annotations": [{"image_id": 0, "category_id": 4, "area": 9},
          {"image_id": 1, "category_id": 6, "area": 9},
          {"image_id": 1, "category_id": 2, "area": 90}]}
        """.utf8), to: "set/annotations.json")
    return folder
  }

  @Test func aDataSetBringsItsPicturesAndTheirClasses() throws {
    let folder = try dataSet()
    let run = try explain(["set", "-o", "out", "-t", "truth", "-t", "top1"], in: folder)
    #expect(run.code == 2, "\(run.errors)")
    #expect(
      run.errors.contains(
        "truth    set/annotations.json [data set]: known for 2 of 3 images, its classes taken by"
          + " position"))
    #expect(
      run.errors.contains("salient: set/images/000002.png: no target truth: set/annotations.json"))
    let records = try folder.records("out/results.jsonl")
    let names = records.map { $0["image"] as? String }
    #expect(names == [0, 0, 1, 1, 2, 2].map { "images/00000\($0).png" })
    #expect(records.map { $0["truth"] as? Int } == [4, 4, 2, 2, nil, nil])
    // The picture whose class is not known has the map that it can have, and the error.
    #expect(records[4]["map"] as? String == "maps/images/000002.png.grad-cam.top1.npy")
    #expect(records[5]["error"] != nil)
    for record in records.prefix(4) {
      let first = (record["prediction"] as? [[String: Any]])?.first?["index"] as? Int ?? -1
      let truths = record["truths"] as? [Int] ?? [record["truth"] as? Int ?? -2]
      #expect(record["correct"] as? Bool == truths.contains(first))
    }
    #expect(records.prefix(4).map { $0["truths"] as? [Int] } == [nil, nil, [2, 6], [2, 6]])
    let target = try #require(records[0]["target"] as? [String: Any])
    #expect(target["text"] as? String == "truth" && target["index"] as? Int == 4)
    #expect(records[0]["overlay"] as? String == "overlays/images/000000.png.grad-cam.truth.png")
    // The map of the true class is that of its index.
    let same = try explain(["set", "-o", "two", "-t", "4"], in: folder)
    #expect(same.code == 0, "\(same.errors)")
    let maps = try [
      "out/maps/images/000000.png.grad-cam.truth.npy",
      "two/maps/images/000000.png.grad-cam.c4.npy",
    ].map { try folder.bytes($0) }
    #expect(maps[0] == maps[1])
  }

  @Test func aPredictionOfAnyObjectIsRight() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(48, 40), to: "in/a.png")
    let plain = try explain(["in", "-o", "plain"], in: folder)
    #expect(plain.code == 0, "\(plain.errors)")
    let record = try #require(try folder.records("plain/results.jsonl").first)
    let scores = try #require(record["prediction"] as? [[String: Any]])
    let first = try #require(scores.first?["index"] as? Int)
    let categories = (0..<10).map { #"{"id": \#($0), "name": "thing \#($0)"}"# }
    let voc = { (classes: [Int]) in
      classes.enumerated().map { place, index in
        "<object><name>\(index)</name><bndbox><xmin>0</xmin><ymin>0</ymin><xmax>9</xmax>"
          + "<ymax>\(9 - place)</ymax></bndbox></object>"
      }.joined()
    }
    let others = (0..<10).filter { $0 != first }
    for (name, classes, isRight) in [
      ("both", [others[0], first], true), ("none", [others[0], others[1]], false),
      ("twice", [first, first], true),
    ] {
      let objects = classes.enumerated().map { place, index in
        #"{"image_id": 0, "category_id": \#(index), "area": \#(90 - place)}"#
      }
      try folder.write(
        Array(
          """
          {"images": [{"id": 0, "file_name": "in/a.png"}],
          "categories": [\(categories.joined(separator: ", "))],
          "annotations": [\(objects.joined(separator: ", "))]}
          """.utf8), to: "\(name).json")
      try folder.write(
        Array("<annotation>\(voc(classes))</annotation>".utf8), to: "\(name)/a.xml")
      for source in ["\(name).json", name] {
        let out = "out-\(source)"
        let run = try explain(["in", "-o", out, "--truth", source, "-t", "truth"], in: folder)
        #expect(run.code == 0, "\(run.errors)")
        let record = try #require(try folder.records("\(out)/results.jsonl").first)
        #expect(record["correct"] as? Bool == isRight, "\(source)")
        #expect(record["truth"] as? Int == classes[0], "\(source)")
        let page = String(decoding: try folder.bytes("\(out)/report.html"), as: UTF8.self)
        #expect(page.contains(">wrong<") == !isRight)
      }
    }
  }

  @Test func sourcesCanBeNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(48, 40), to: "in/3/a.png")
    try folder.write(try Pictures.png(48, 40, seed: 1), to: "in/8/b.png")
    try folder.write(Array("path,label\nin/3/a.png,\"one, two\"\nb.png,9\n".utf8), to: "t.csv")
    try folder.write(
      Array((0..<9).map { "class \($0)\n" }.joined().utf8) + Array("a/b, one, two\n".utf8),
      to: "labels.txt")
    let folders = try explain(["in", "-o", "a", "--truth", "folders"], in: folder)
    #expect(folders.code == 0, "\(folders.errors)")
    #expect(try folder.records("a/results.jsonl").map { $0["truth"] as? Int } == [3, 8])
    let run = try explain(
      ["in", "-o", "b", "--truth", "t.csv", "--labels", "labels.txt", "-t", "prob:truth"],
      in: folder)
    // "one, two" is no whole label and no single name.
    #expect(run.code == 2, "\(run.errors)")
    #expect(try folder.records("b/results.jsonl").map { $0["truth"] as? Int } == [nil, 9])
    #expect(
      try folder.files(below: "b/maps") == ["8/b.png.grad-cam.prob-truth.npy"])
  }

  @Test func labelsWithSlashesAndCommasNameNoFiles() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(48, 40), to: "a.png")
    let labels = (0..<10).map { "a/b \($0), ../c\($0), d vs \($0)\n" }.joined()
    try folder.write(Array(labels.utf8), to: "labels.txt")
    let run = try explain(
      ["a.png", "-o", "out", "--labels", "labels.txt", "-t", "../C4", "-t", "a/b 3 vs a/b 4"],
      in: folder)
    #expect(run.code == 0, "\(run.errors)")
    #expect(
      try folder.files(below: "out/maps") == [
        "a.png.grad-cam.c3-c4.npy", "a.png.grad-cam.c4.npy",
      ])
    let record = try #require(try folder.records("out/results.jsonl").first)
    #expect((record["target"] as? [String: Any])?["label"] as? String == "a/b 4, ../c4, d vs 4")
  }
}
