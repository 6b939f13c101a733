import Foundation
import Testing

/// What a run says of the memory of its device before it starts, and what it takes.
@Suite(.tags(.device)) struct DeviceMemoryTests {
  private static let methods = [
    "group-cam", "grad-cam", "score-cam", "rise:masks=100", "gradient", "smoothgrad:n=4",
    "integrated-gradients:steps=20", "xrai:steps=4", "tsgb", "full-grad",
  ]

  /// Runs a command line into `out`, and checks that memory was predicted within 15 %.
  private func check(_ words: [String], in folder: TemporaryFolder) throws {
    let run = try Program.run(words + ["-o", "out"], in: folder.path)
    #expect(run.code == 0, "\(run.errors)")
    let record = try folder.document("out/run.json")
    let bytes = { (key: String) in (record[key] as? [String: Any])?["device_bytes"] as? Double }
    let (predicted, real) = (try #require(bytes("predicted")), try #require(bytes("real")))
    #expect(real > 0 && abs(predicted - real) <= 0.15 * real, "\(predicted) for \(real)")
  }

  @Test(arguments: methods, ["scenes", Program.model])
  func explainTakesTheMemoryThatItPredicts(method: String, model: String) throws {
    let folder = try TemporaryFolder()
    var input = Program.pictures
    if model == "scenes" {
      for number in 0..<3 {
        try folder.write(try Pictures.png(160, 120, seed: number), to: "in/\(number).png")
      }
      input = "in"
    }
    try check(
      ["explain", input, "-m", model, "--method", method, "--batch-size", "2", "--save", "raw"],
      in: folder)
  }

  @Test func evaluateTakesTheMemoryThatItPredicts() throws {
    let folder = try TemporaryFolder()
    try check(
      [
        "evaluate", Program.pictures, "-m", Program.model, "--method",
        "group-cam,grad-cam,integrated-gradients:steps=20", "--metric",
        "insertion,deletion,average-drop,sparseness",
      ], in: folder)
  }

  @Test("metrics of objects, in pictures of another size than the network's")
  func regionMetricsTakeTheMemoryThatTheyPredict() throws {
    let folder = try TemporaryFolder()
    let set = try SceneFiles(in: folder, count: 4)
    try check(
      [
        "evaluate", "set", "--labels", set.labels, "-m", Program.model, "--method",
        "score-cam", "--metric", "pointing,energy",
      ], in: folder)
  }
}
