import Foundation
import Testing

/// `--target` with formulas, and networks that give maps.
@Suite struct CommandLineExpressionTests {
  static let networks = URL(fileURLWithPath: Program.networks).deletingLastPathComponent()
    .appendingPathComponent("expressions").path

  func explain(_ model: String, _ words: [String], in folder: TemporaryFolder) throws -> Run {
    try Program.run(
      [
        "explain", "stack.npy", "--model", "\(Self.networks)/\(model).onnx", "--device",
        "reference",
      ]
        + words, in: folder.path)
  }

  func stackFolder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(npy([2, 3, 32, 32], picture() + picture(1)), to: "stack.npy")
    return folder
  }

  @Test func aNetworkOfMapsIsExplainedByAFormula() throws {
    let folder = try stackFolder()
    let run = try explain(
      "segmenter",
      [
        "-t", "mask[3].mean()", "-t", "not:mask[0, 2:4, 2:4].max() - mask[1].mean()", "--method",
        "grad-cam,group-cam", "--set", "group-cam.groups=4", "--set", "group-cam.baseline=zero",
        "-o", "out",
      ], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.errors.contains("no classes, mask [5, 8, 8]"))
    let records = try folder.records("out/results.jsonl")
    #expect(records.count == 8)
    for record in records {
      let target = try #require(record["target"] as? [String: Any])
      #expect(target["index"] is NSNull && target["probability"] is NSNull)
      #expect(target["logit"] is Double)
      #expect((record["prediction"] as? [Any])?.isEmpty == true)
      let map = try #require(record["map"] as? String)
      #expect(map.range(of: #"\.t-[0-9a-f]{8}\.npy$"#, options: .regularExpression) != nil)
      #expect(try folder.bytes("out/\(map)").count == 128 + 4 * 32 * 32)
    }
    let texts = records.compactMap { ($0["target"] as? [String: Any])?["text"] as? String }
    #expect(Set(texts) == ["mask[3].mean()", "not:mask[0, 2:4, 2:4].max() - mask[1].mean()"])
    let again = try explain("segmenter", ["-t", "mask[3].mean()", "-o", "out"], in: folder)
    #expect(again.code == 64)
  }

  @Test func aNetworkOfMapsSaysWhatToGive() throws {
    let folder = try stackFolder()
    let run = try explain("segmenter", [], in: folder)
    #expect(run.code == 64)
    #expect(
      run.errorLines == [
        "salient: --target top1: the network gives no list of classes, but mask [5, 8, 8]; "
          + "give a number of these, such as --target 'mask[0].mean()'"
      ])
  }

  @Test func outputsBesideTheClassesAreNamed() throws {
    let folder = try stackFolder()
    let run = try explain(
      "detector",
      [
        "-t", "top1", "-t", "scores[2] - scores[1]", "-t", "2-1", "-t", "boxes[4, 2]", "-t",
        "anchors[1, 0].max()", "--method", "grad-cam", "-o", "out",
      ], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    let records = try folder.records("out/results.jsonl")
    #expect(records.count == 10)
    func map(_ record: [String: Any]) throws -> [UInt8] {
      try folder.bytes("out/\(try #require(record["map"] as? String))")
    }
    // The difference of two outputs is the contrast of two classes.
    #expect(try map(records[1]) == map(records[2]))
    #expect(try map(records[3]) != map(records[4]))
    func logit(_ record: [String: Any]) -> Double? {
      (record["target"] as? [String: Any])?["logit"] as? Double
    }
    let (written, contrast) = (try #require(logit(records[1])), try #require(logit(records[2])))
    #expect(abs(written - contrast) < 1e-5)
    let resumed = try explain(
      "detector",
      [
        "-t", "top1", "-t", "scores[2] - scores[1]", "-t", "2-1", "-t", "boxes[4, 2]", "-t",
        "anchors[1, 0].max()", "--method", "grad-cam", "-o", "out", "--resume",
      ], in: folder)
    #expect(resumed.code == 0, "\(resumed.errors)")
  }

  @Test func mistakesAreOneLineWithTheirColumn() throws {
    let folder = try stackFolder()
    for (text, line) in [
      (
        "scores[3] + foo[1]",
        "--target 'scores[3] + foo[1]': column 13: no output is called foo; outputs: scores [6], "
          + "boxes [9, 4], anchors [2, 3, 4, 4]"
      ),
      (
        "score[3]", "--target 'score[3]': column 1: no output is called score; nearest: scores"
      ),
      (
        "scores[6]",
        "--target 'scores[6]': column 8: index 6 of axis 1 of scores [6] is not in 0...5"
      ),
    ] {
      let run = try explain("detector", ["-t", text], in: folder)
      #expect(run.code == 64)
      #expect(run.errorLines == ["salient: \(line)"])
    }
  }

  @Test func allExplainsEveryOutputOnce() throws {
    let folder = try stackFolder()
    let run = try explain(
      "detector", ["-t", "all", "--method", "grad-cam", "-o", "out"], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    let records = try folder.records("out/results.jsonl")
    #expect(records.count == 12)
    #expect(Set(records.compactMap { $0["map"] as? String }).count == 12)
  }
}
