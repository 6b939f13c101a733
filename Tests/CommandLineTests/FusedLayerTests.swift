import Foundation
import Testing

/// The class-activation methods and fused layers through the program, on the reference.
@Suite struct FusedLayerTests {
  private func explain(_ words: [String], in folder: TemporaryFolder) throws -> Run {
    try Program.run(
      ["explain", Program.pictures, "-m", Program.model, "--device", "reference"] + words,
      in: folder.path)
  }

  private func totals(_ folder: TemporaryFolder, _ name: String) throws -> [String: Any] {
    try #require(try folder.document("\(name)/run.json")["totals"] as? [String: Any])
  }

  @Test func methodsShareOneForwardAndOneBackwardPass() throws {
    let folder = try TemporaryFolder()
    let methods = "eigen-cam,cam,grad-cam,grad-cam++,layer-cam,xgrad-cam,hires-cam,eigen-grad-cam"
    let run = try explain(["--method", methods, "-o", "out", "--save", "map"], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    let totals = try totals(folder, "out")
    #expect(totals["forwards"] as? Int == 5 && totals["backwards"] as? Int == 5)
    let records = try folder.records("out/results.jsonl")
    #expect(records.count == 40)
    for record in records {
      #expect(record["forwards"] as? Int == 1 && record["degenerate"] as? Bool == false)
      let isForward = ["cam", "eigen-cam"].contains(record["method"] as? String ?? "")
      #expect(record["backwards"] as? Int == (isForward ? 0 : 1))
    }
    let grouped = try explain(
      ["--method", "group-cam:groups=2,layer-cam", "-o", "with", "--save", "map"], in: folder)
    #expect(grouped.code == 0)
    #expect(try self.totals(folder, "with")["backwards"] as? Int == 5)
  }

  @Test func severalLayersMakeOneMap() throws {
    let folder = try TemporaryFolder()
    let layers = ["--layer", "layer1", "--layer", "layer4"]
    let words =
      layers + [
        "--method", "layer-cam,grad-cam", "--set", "layer-cam.fuse=max", "-o", "out",
        "--save", "map,raw,report,sheet",
      ]
    let run = try explain(words, in: folder)
    #expect(run.code == 0, "\(run.errors)")
    let records = try folder.records("out/results.jsonl")
    #expect(records.count == 15)
    let first = records.prefix(3).map {
      [$0["method"] as? String, $0["layer"] as? String, $0["map"] as? String]
    }
    let image = "maps/pictures.input.npy.0"
    #expect(
      first == [
        ["layer-cam", "layer1+layer4", "\(image).layer-cam.top1.npy"],
        ["grad-cam", "layer1", "\(image).grad-cam.top1.layer1.npy"],
        ["grad-cam", "layer4", "\(image).grad-cam.top1.layer4.npy"],
      ])
    for record in records {
      let map = try #require(record["map"] as? String)
      #expect(try folder.bytes("out/\(map)").count == 128 + 32 * 32 * 4)
    }
    #expect(try folder.bytes("out/\(image).layer-cam.top1.raw.npy").count == 128 + 32 * 32 * 4)
    let totals = try totals(folder, "out")
    #expect(totals["forwards"] as? Int == 5 && totals["backwards"] as? Int == 5)
    // The same command goes on: there is nothing left to do.
    let again = try explain(words + ["--resume"], in: folder)
    #expect(again.code == 0, "\(again.errors)")
    #expect(try folder.records("out/results.jsonl").count == 15)
  }

  @Test func aBareFuseServesEveryMethodThatHasIt() throws {
    let folder = try TemporaryFolder()
    let run = try explain(
      [
        "--layer", "layer1", "--layer", "layer4", "--method", "grad-cam,group-cam:groups=2",
        "--set", "fuse=mean", "-o", "out", "--save", "map",
      ], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    let records = try folder.records("out/results.jsonl")
    #expect(records.count == 10)
    #expect(records.allSatisfy { $0["layer"] as? String == "layer1+layer4" })
  }

  @Test func oneLayerIsSaidToBeOne() throws {
    let folder = try TemporaryFolder()
    let run = try explain(
      ["--method", "hires-cam:fuse=mean", "-o", "out", "--save", "map"], in: folder)
    #expect(run.code == 0)
    let record = try #require(try folder.records("out/results.jsonl").first)
    #expect((record["notes"] as? [String])?.contains { $0.contains("one layer only") } == true)
    #expect(record["layer"] as? String == "layer4.0")
  }

  @Test(arguments: [
    ("explain PICTURES -m MODEL --method cam --layer layer1", 65, "and not layer1"),
    ("explain PICTURES -m VGG --method cam", 65, "global average pooling"),
    ("explain PICTURES -m MODEL --method grad-cam:fuse=sum", 64, "mean"),
    ("explain PICTURES -m MODEL --method layer-cam:tanh=-1", 64, "tanh"),
  ])
  func whatCannotBeIsRefusedInOneLine(words: String, code: Int, part: String) throws {
    let folder = try TemporaryFolder()
    let arguments = words.split(separator: " ").map { word in
      String(word).replacing("PICTURES", with: Program.pictures)
        .replacing("MODEL", with: Program.model)
        .replacing("VGG", with: "\(Program.networks)/vgg-legacy.onnx")
    }
    let run = try Program.run(arguments + ["--device", "reference", "-o", "out"], in: folder.path)
    #expect(run.code == Int32(code) && run.errorLines.count == 1)
    #expect(run.errors.contains(part), "\(run.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("out")))
  }
}
