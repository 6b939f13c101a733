import Foundation
import Testing

/// `salient tune`, with a cache folder of its own.
@Suite("Tuning stores what is right and faster", .serialized, .tags(.device))
struct TuneTests {
  @Test(
    "a size with a planted mistake is refused by name, exit 2, and another is used from then on")
  func plantedMistake() throws {
    let folder = try TemporaryFolder()
    let first = try document(tune(in: folder))
    let step = try #require(steps(first).first { $0["variant"] as? String == "direct" })
    let wrong = try #require(step["default"] as? String)
    try plant(wrong, in: folder)
    let run = try tune(in: folder, ["--kernels", "kernels"])
    #expect(run.code == 2, "\(run.errors)")
    let refusals = run.errorLines.filter { $0.contains("refused for") }
    #expect(!refusals.isEmpty)
    #expect(refusals.allSatisfy { $0.hasPrefix("salient: ops/conv2d.cl:") && $0.contains(wrong) })
    for step in steps(try document(run)) {
      let tiles = try #require(step["tiles"] as? [[String: Any]])
      let kernels = try #require(step["kernels"] as? [String])
      let isPlanted = kernels.contains { $0.hasPrefix("ops/conv2d.cl:") }
      for tile in tiles {
        let isRefused = tile["refused"] is String
        #expect(isRefused == (isPlanted && tile["tile"] as? String == wrong), "\(tile)")
      }
      if isPlanted, step["default"] as? String == wrong {
        let fastest = try #require(step["fastest"] as? String)
        #expect(fastest != wrong && step["milliseconds"] as? Double ?? 0 > 0)
      }
      #expect(step["stored"] is NSNull)
    }
    // What was measured with these kernels is nobody else's, so nothing of it is stored.
    let table = try #require(first["file"] as? String)
    let before = try? Data(contentsOf: URL(fileURLWithPath: table))
    let text = try Program.run(
      ["tune", Program.model, "--level", "rapid", "--kernels", "kernels"], in: folder.path,
      setting: setting(folder))
    #expect(text.lines.last?.hasSuffix("measured with --kernels") == true, "\(text.output)")
    #expect((try? Data(contentsOf: URL(fileURLWithPath: table))) == before)
    let explain = ["explain", Program.pictures, "--model", Program.model, "-q", "--save", "none"]
    let planted = try Program.run(
      explain + ["--kernels", "kernels", "-o", "a"], in: folder.path, setting: setting(folder))
    #expect(planted.code == 0, "\(planted.errors)")
    let sound = try Program.run(
      explain + ["-o", "b"], in: folder.path, setting: setting(folder))
    #expect(sound.code == 0, "\(sound.errors)")
    #expect(!sound.errors.contains("measured with other kernels"))
  }

  @Test("the passes of the method are tuned: forward, under masks and back")
  func passesOfTheMethod() throws {
    let folder = try TemporaryFolder()
    let masked = try document(tune(in: folder, ["--op", "conv2d"]))
    #expect(masked["method"] as? String == "group-cam")
    #expect(Set(steps(masked).compactMap { $0["batch"] as? String }) == ["2-8", "9-64"])
    let run = try tune(
      in: folder, ["--op", "conv2d_data_gradient", "--method", "guided-backprop"])
    #expect(run.code == 0, "\(run.errors)")
    let names = steps(try document(run)).compactMap { $0["operator"] as? String }
    #expect(!names.isEmpty)
    #expect(names.allSatisfy { $0.hasPrefix("conv2d_data_gradient") })
  }

  @Test("a damaged table is one line, and the run goes on")
  func damagedTable() throws {
    let folder = try TemporaryFolder()
    let file = try #require(try document(tune(in: folder))["file"] as? String)
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data("{\"schema\": 1, \"entries\"".utf8).write(to: URL(fileURLWithPath: file))
    let bench = try Program.run(
      ["bench", Program.model, "--level", "quick"], in: folder.path, setting: setting(folder))
    #expect(bench.code == 0)
    #expect(bench.errorLines.filter { $0.hasSuffix("damaged, so it is ignored") }.count == 1)
  }

  @Test("a folder that cannot be written is said before anything is measured")
  func unwritableFolder() throws {
    let folder = try TemporaryFolder()
    let version = try #require(
      Program.run(["--version"]).output.split(separator: " ").dropFirst().first)
    let place = String(version.prefix { $0 != "," })
    try folder.write([], to: "cache/salient/\(place)/tuning")
    let run = try tune(in: folder)
    #expect(run.code == 74, "\(run.errors)")
    #expect(run.errorLines.count == 1)
    let bench = try Program.run(
      ["bench", Program.model, "--level", "quick"], in: folder.path, setting: setting(folder))
    #expect(bench.code == 0, "\(bench.errors)")
  }

  @Test(
    "what makes no sense is refused in one line",
    arguments: [
      (["tune", Program.model, "--level", "fast"], 64),
      (["tune", Program.model, "--op", "conv"], 64), (["tune", Program.model, "--op", ""], 64),
      (["tune", Program.model, "--op", "max_pool"], 64),
      (["tune", Program.model, "--op", "conv2d,silu"], 64),
      (["tune", Program.model, "--device", "reference"], 64), (["tune", "none.onnx"], 66),
      (["tune", Program.model, "--method", "grop-cam"], 64),
      (["tune", Program.model, "--method", "group-cam,"], 64),
      (["tune", Program.model, "--batch-size", "1000000"], 75),
      (["tune", Program.model, "--batch-size", "0"], 64), (["tune", "a.onnx", "b.onnx"], 64),
    ])
  func nonsense(words: [String], code: Int) throws {
    let run = try Program.run(words)
    #expect(Int(run.code) == code, "\(run.errors)")
    #expect(run.errorLines.count == 1 && run.errors.hasPrefix("salient: "))
  }

  private func tune(in folder: TemporaryFolder, _ more: [String] = []) throws -> Run {
    try Program.run(
      ["tune", Program.model, "--level", "rapid", "--batch-size", "4", "--json", "-q"] + more,
      in: folder.path, setting: setting(folder))
  }

  private func setting(_ folder: TemporaryFolder) -> [String: String] {
    ["XDG_CACHE_HOME": folder.file("cache")]
  }

  private func document(_ run: Run) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any],
      "\(run.errors)")
  }

  private func steps(_ document: [String: Any]) -> [[String: Any]] {
    document["steps"] as? [[String: Any]] ?? []
  }

  /// Makes products wrong where a kernel is compiled for one size.
  private func plant(_ tile: String, in folder: TemporaryFolder) throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let path = "ops/conv2d.cl"
    let text = try String(
      contentsOf: root.appendingPathComponent("Kernels/\(path)"), encoding: .utf8)
    let condition = tile.split(separator: " ").map { size in
      let parts = size.split(separator: "=")
      return "defined(\(parts[0])) && \(parts[0]) == \(parts[1])"
    }.joined(separator: " && ")
    let wrong = "#if \(condition)\n#define fma(a, b, c) ((a) * (b) * 1.01f + (c))\n#endif\n"
    try folder.write(Array((wrong + text).utf8), to: "kernels/\(path)")
  }
}
