import Foundation
import Imaging
import Testing

/// Networks that leave open or state what pictures need.
@Suite struct OpenNetworkTests {
  static let folder = URL(fileURLWithPath: Program.networks).deletingLastPathComponent()
    .appendingPathComponent("pictures").path

  func explain(_ model: String, _ words: [String], in folder: TemporaryFolder) throws -> Run {
    try Program.run(
      [
        "explain", "--model", "\(Self.folder)/\(model).onnx", "--device", "reference", "--method",
        "grad-cam",
      ] + words, in: folder.path)
  }

  func pictureFolder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.jpeg(60, 44), to: "a.jpg")
    return folder
  }

  @Test func aThousandOutputsAreAssumedToBeImageNet() throws {
    let folder = try pictureFolder()
    let run = try explain(
      "any-size", ["a.jpg", "--size", "32", "-t", "Tabby", "-t", "tabby vs 282", "-o", "out"],
      in: folder)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.errors.contains("1,000 classes; names: ImageNet-1k [assumed]"))
    #expect(
      run.errors.contains(
        "input    32x32 imagenet [assumed: the file states none]: shorter side 37"))
    let records = try folder.records("out/results.jsonl")
    let targets = records.compactMap { $0["target"] as? [String: Any] }
    #expect(targets[0]["index"] as? Int == 281 && targets[0]["label"] as? String == "tabby")
    #expect(records[1]["map"] as? String == "maps/a.jpg.grad-cam.c281-c282.npy")
    let typed = try explain("any-size", ["a.jpg", "-t", "tabyb", "-o", "two"], in: folder)
    #expect(typed.code == 64)
    #expect(
      typed.errorLines.last
        == "salient: --target tabyb: none of 1000 labels; nearest: tabby (281)")
    let none = try explain(
      "any-size", ["a.jpg", "-t", "tabby", "--labels", "none", "-o", "two"], in: folder)
    #expect(none.code == 64)
    #expect(
      none.errors.contains("the model states no labels; give --labels FILE or an index 0...999"))
  }

  @Test(arguments: [
    ("32x48", "32x48 imagenet", [32, 48]), ("40", "40x40 imagenet", [40, 40]),
  ])
  func sizesAreTaken(_ size: String, _ line: String, _ shape: [Int]) throws {
    let folder = try pictureFolder()
    let run = try explain("any-size", ["a.jpg", "--size", size, "-o", "out"], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.errors.contains("input    \(line)"))
    let map = try folder.bytes("out/maps/a.jpg.grad-cam.top1.npy")
    #expect(map.count == 128 + 4 * shape[0] * shape[1])
  }

  @Test func aPresetSetsTheSizeThatTheNetworkLeavesOpen() throws {
    let folder = try pictureFolder()
    try folder.write(Array(#"{"resize": 60, "crop": [36, 52]}"#.utf8), to: "own.json")
    let run = try explain("any-size", ["a.jpg", "--preset", "own.json", "-o", "out"], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.errors.contains("input    36x52 own.json [--preset]: shorter side 60, centre crop"))
    let odd = try explain(
      "any-size", ["a.jpg", "--preset", "torchray", "--size", "32x48", "-o", "two"], in: folder)
    #expect(odd.code == 64)
    let wide = try explain(
      "any-size", ["a.jpg", "--preset", "torchray", "--size", "32", "-o", "two"], in: folder)
    #expect(wide.code == 0, "\(wide.errors)")
    #expect(wide.errors.contains("input    any size torchray [--preset]: shorter side 32, upright"))
    #expect(try folder.bytes("two/maps/a.jpg.grad-cam.top1.npy").count == 128 + 4 * 32 * 43)
  }

  @Test func picturesKeepTheirProportionsWhereThePresetDoesNotCrop() throws {
    let folder = try TemporaryFolder()
    let sizes = [("a", 60, 44), ("b", 44, 60), ("c", 40, 40), ("d", 61, 44), ("e", 60, 44)]
    for (name, width, height) in sizes {
      try folder.write(try Pictures.png(width, height), to: "in/\(name).png")
    }
    let words = ["--preset", "torchray", "--size", "32"]
    let run = try explain("any-size", ["in", "-o", "all"] + words, in: folder)
    #expect(run.code == 0, "\(run.errors)")
    let preset = try Preset(named: "torchray").sized(Preset.Size(32))
    for (name, width, height) in sizes {
      let tensor = try preset.apply(to: Pictures.pattern(width, height)).input
      let (rows, columns) = (tensor.shape[1], tensor.shape[2])
      #expect(min(rows, columns) == 32 && (rows > columns) == (height > width))
      try folder.write(npy([3, rows, columns], tensor.elements), to: "\(name).npy")
      let one = try explain(
        "any-size", ["\(name).npy", "-o", name, "--size", "\(rows)x\(columns)"], in: folder)
      #expect(one.code == 0, "\(one.errors)")
      let map = try folder.bytes("\(name)/maps/\(name).npy.grad-cam.top1.npy")
      #expect(map.count == 128 + 4 * rows * columns)
      #expect(try folder.bytes("all/maps/\(name).png.grad-cam.top1.npy") == map, "\(name)")
      let overlay = try PictureFile(
        try folder.bytes("all/overlays/\(name).png.grad-cam.top1.png")
      ).picture
      #expect((overlay.width, overlay.height) == (width, height))
    }
    let totals = try folder.document("all/run.json")["totals"] as? [String: Any]
    #expect(totals?["backwards"] as? Int == 5 && totals?["done"] as? Int == 5)
    // A network of one size takes what comes out in that size; another picture fails alone.
    let fixed = try Program.run(
      ["explain", "in", "-o", "fixed", "--model", Program.model, "--device", "reference"] + words,
      in: folder.path)
    #expect(fixed.code == 2)
    #expect(fixed.errors.contains("choose a preset that crops or squashes"))
    #expect(try folder.records("fixed/results.jsonl").count { $0["error"] == nil } == 1)
  }

  @Test func whatTheModelStatesIsTaken() throws {
    let folder = try pictureFolder()
    let run = try explain("stated", ["a.jpg", "-t", "dog", "-o", "out"], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.errors.contains("names: the model [model]"))
    #expect(run.errors.contains("input    32x32 preset [model]: shorter side 40, centre crop"))
    let preset = try #require(try folder.document("out/run.json")["preset"] as? [String: Any])
    #expect(preset["resize"] as? Int == 40)
    let bad = try explain("badly-stated", ["a.jpg", "-o", "two"], in: folder)
    #expect(bad.code == 65)
    #expect(bad.errors.contains("states a preset that cannot be used: resize"))
    let mended = try explain(
      "badly-stated", ["a.jpg", "--preset", "squash224", "--size", "32", "-o", "two"], in: folder)
    #expect(mended.code == 0, "\(mended.errors)")
  }

  @Test func aGreyNetworkSeesGrey() throws {
    let folder = try pictureFolder()
    let run = try explain(
      "grey", ["a.jpg", "-o", "out", "--save", "map,overlay,blend"], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.errors.contains(", grey"))
    let blend = try PictureFile(try folder.bytes("out/overlays/a.jpg.grad-cam.top1.blend.png"))
      .picture
    #expect((0..<32).allSatisfy { blend[$0, 5].red == blend[$0, 5].blue })
  }

  @Test func otherChannelsArePreprocessedOrRefused() throws {
    let folder = try pictureFolder()
    let values = (0..<4 * 32 * 32).map { (place: Int) -> Float in Float(place % 89) / 44 - 1 }
    try folder.write(npy([4, 32, 32], values), to: "b.npy")
    let run = try explain(
      "four-channels", ["a.jpg", "b.npy", "-o", "out", "--save", "map,overlay,blend,sheet,report"],
      in: folder)
    #expect(run.code == 2, "\(run.errors)")
    #expect(run.errors.contains("salient: a.jpg: is a picture, and the network takes 4 channels"))
    let record = try folder.records("out/results.jsonl")[1]
    #expect(record["overlay"] is NSNull)
    #expect((record["notes"] as? [String])?.first == "no overlay: 4 channels are no picture")
    let files = try folder.files(below: "out")
    #expect(files.allSatisfy { !$0.hasPrefix("overlays") } && files.contains("report.html"))
  }
}
