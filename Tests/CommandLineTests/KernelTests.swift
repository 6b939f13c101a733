import Foundation
import Testing

/// `explain` and `verify` on an OpenCL device.
@Suite(.tags(.device)) struct KernelTests {
  @Test func mapsHaveTheSameBitsAtAnyBatchSize() throws {
    let folder = try TemporaryFolder()
    let model = ["--model", Program.model, "-q"]
    for size in [1, 2, 7] {
      let run = try Program.run(
        ["explain", Program.pictures, "--batch-size", "\(size)", "-o", "\(size)"] + model,
        in: folder.path)
      #expect(run.code == 0, "\(run.errors)")
    }
    let files = try folder.files(below: "1/maps")
    #expect(files.count == 5)
    for file in files {
      let alone = try folder.bytes("1/maps/\(file)")
      #expect(try folder.bytes("2/maps/\(file)") == alone)
      #expect(try folder.bytes("7/maps/\(file)") == alone)
    }
  }

  @Test func measurementsHaveTheSameBitsAtAnyBatchSize() throws {
    let folder = try TemporaryFolder()
    let metrics = "insertion,deletion,road,average-drop,infidelity,coherency,max-sensitivity"
    for size in [1, 2, 5] {
      let run = try Program.run(
        ["evaluate", Program.pictures, "--model", Program.model, "-q", "-o", "\(size)"]
          + ["--batch-size", "\(size)", "--method", "grad-cam,group-cam:groups=4", "--curves"]
          + ["--metric", metrics, "--set", "max-sensitivity.n=3"], in: folder.path)
      #expect(run.code == 0, "\(run.errors)")
    }
    let alone = try folder.bytes("1/evaluation.jsonl")
    #expect(alone.count { $0 == 10 } == 5 * 2 * 7)
    #expect(try folder.bytes("2/evaluation.jsonl") == alone)
    #expect(try folder.bytes("5/evaluation.jsonl") == alone)
  }

  @Test func maskedRowsOfManyImagesShareRuns() throws {
    let folder = try TemporaryFolder()
    let stack = (0..<8).flatMap { picture($0) }
    try folder.write(npy([8, 3, 32, 32], stack), to: "eight.npy")
    let run = try Program.run(
      ["explain", "eight.npy", "--model", Program.model, "--batch-size", "8", "-o", "out"],
      in: folder.path)
    #expect(run.code == 0, "\(run.errors)")
    let rows = try #require(try folder.document("out/run.json")["rows"] as? [String: Int])
    let (capacity, live) = (try #require(rows["capacity"]), try #require(rows["live"]))
    #expect(capacity >= 33)
    #expect(live > capacity)
    #expect(rows["runs"] == (live + capacity - 1) / capacity)
  }

  @Test func verifyPassesAndReports() throws {
    let folder = try TemporaryFolder()
    for report in ["r.html", "r.json"] {
      let run = try Program.run(
        ["verify", "--op", "relu,softmax", "--report", report], in: folder.path)
      #expect(run.code == 0, "\(run.output)")
      #expect(run.lines.first?.hasPrefix("operator ") == true)
      #expect(run.lines.contains { $0.hasPrefix("relu ") && $0.contains(" pass ") })
      #expect(run.lines.last?.contains(" 0 failed; ") == true)
      #expect(run.lines.last?.contains("kernels ") == true)
    }
    let page = String(decoding: try folder.bytes("r.html"), as: UTF8.self)
    #expect(page.contains("Every check holds") && page.contains("<svg"))
    #expect(!page.contains("http://") && !page.contains("<script"))
    let document = try folder.document("r.json")
    #expect(document["passed"] as? Bool == true)
    let row = try #require((document["rows"] as? [[String: Any]])?.first)
    for key in [
      "operator", "variant", "cases", "worstError", "limit", "worstCase", "verdict", "histogram",
      "worstInputs",
    ] {
      #expect(row[key] != nil, "\(key)")
    }
  }

  @Test func aKernelWithAFaultIsCaughtAndKept() throws {
    let folder = try TemporaryFolder()
    let kernel = try kernel("ops/relu.cl")
    let faulty = kernel.replacingOccurrences(
      of: "activation_relu(x)", with: "activation_relu(x) + 0.5f")
    #expect(faulty != kernel)
    try folder.write(Array(faulty.utf8), to: "kernels/ops/relu.cl")
    let run = try Program.run(
      ["verify", "--op", "relu", "--kernels", "kernels", "--keep", "failed"], in: folder.path)
    #expect(run.code == 1, "\(run.output)\(run.errors)")
    #expect(run.lines.contains { $0.hasPrefix("relu ") && $0.contains("FAIL") })
    let kept = try folder.files(below: "failed")
    for part in ["input", "expected", "found"] {
      #expect(kept.contains { $0.contains(".\(part)0.npy") })
    }
  }

  @Test("the quick level meets the blocks of filters behind the first of a tile")
  func laterBlocksAreSeen() throws {
    let folder = try TemporaryFolder()
    for file in ["ops/conv2d.cl", "common/convolution.clh"] {
      let kernel = try kernel(file)
      let faulty = kernel.replacingOccurrences(of: "min(k0 + b, out_blocks - 1)", with: "0")
      #expect(faulty != kernel)
      try folder.write(Array(faulty.utf8), to: "kernels/\(file)")
    }
    let run = try Program.run(
      ["verify", "--op", "conv2d", "--family", "cpu", "--level", "quick", "--json"]
        + ["--kernels", "kernels"], in: folder.path)
    #expect(run.code == 1, "\(run.errors)")
    let rows = try #require(try document(run)["rows"] as? [[String: Any]])
    let failed = rows.filter { $0["verdict"] as? String == "fail" }
      .compactMap { $0["variant"] as? String }.filter { $0 != "gradient" }
    let tiles = rows.compactMap { $0["variant"] as? String }
      .filter { $0.hasPrefix("direct ") || $0.hasPrefix("pointwise ") }
    #expect(Set(failed) == Set(tiles) && !tiles.isEmpty, "\(failed)")
  }

  @Test("a size that does not build is a failed row, and all others are checked")
  func aSizeThatDoesNotBuild() throws {
    let folder = try TemporaryFolder()
    let broken = "#if NB == 2\n#error too many registers\n#endif\n" + (try kernel("ops/conv2d.cl"))
    try folder.write(Array(broken.utf8), to: "kernels/ops/conv2d.cl")
    let words = ["verify", "--op", "conv2d", "--family", "cpu", "--json"]
    let run = try Program.run(words + ["--kernels", "kernels"], in: folder.path)
    #expect(run.code == 1, "\(run.errors)")
    let rows = try #require(try document(run)["rows"] as? [[String: Any]])
    let sound = try #require(try document(Program.run(words))["rows"] as? [[String: Any]])
    func column(_ key: String, _ rows: [[String: Any]]) -> [String] {
      rows.map { "\($0[key] ?? "")" }
    }
    #expect(column("variant", rows) == column("variant", sound))
    #expect(column("cases", rows) == column("cases", sound))
    let failed = Set(
      rows.filter { $0["verdict"] as? String == "fail" }.compactMap { $0["variant"] as? String })
    let expected = Set(
      column("variant", rows).filter {
        $0.hasPrefix("direct NB=2") || $0.hasPrefix("pointwise NB=2")
      })
    #expect(!expected.isEmpty && failed.isSuperset(of: expected), "\(failed)")
    #expect(failed.isSubset(of: expected.union(["gradient"])), "\(failed)")
  }

  @Test(
    "steps behind a concatenation made in place are checked too",
    arguments: ["networks/densenet-legacy", "networks/densenet-dynamo", "keras/mobile"])
  func stepsBehindAViewAreChecked(name: String) throws {
    let model = "\(Program.networks)/../\(name).onnx"
    let run = try Program.run(["verify", "--model", model, "--json"])
    #expect(run.code == 0, "\(run.output)\(run.errors)")
    let bench = try Program.run(["bench", model, "--batch-size", "2", "--level", "quick", "--json"])
    #expect(bench.code == 0, "\(bench.errors)")
    let rows = try #require(try document(run)["rows"] as? [Any])
    let steps = try #require(try document(bench)["plan"] as? [[String: Any]])
    #expect(rows.count == steps.count { $0["algorithm"] as? String != "layout" })
  }

  @Test("a folder that replaces no kernel is refused in a line that names a path")
  func aFolderThatReplacesNothing() throws {
    let folder = try TemporaryFolder()
    try folder.write([], to: "relu.cl")
    try folder.write([], to: "parent/Kernels/ops/relu.cl")
    for path in [".", "parent"] {
      let run = try Program.run(["verify", "--op", "relu", "--kernels", path], in: folder.path)
      #expect(run.code == 66 && run.errorLines.count == 1, "\(run.output)\(run.errors)")
      #expect(run.errors.contains("no kernel file at \(path)/ops/relu.cl "))
    }
  }

  @Test("links are followed, those of the folder and those in it")
  func linkedKernels() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array(("// mine\n" + kernel("ops/relu.cl")).utf8), to: "real/ops/relu.cl")
    let manager = FileManager.default
    try manager.createSymbolicLink(
      atPath: folder.file("root"), withDestinationPath: folder.file("real"))
    try folder.write([], to: "inner/notes")
    try manager.createSymbolicLink(
      atPath: folder.file("inner/ops"), withDestinationPath: folder.file("real/ops"))
    let words = ["verify", "--op", "relu", "--level", "quick", "--kernels"]
    let lines = try ["real", "root", "inner"].map { name in
      let run = try Program.run(words + [name], in: folder.path)
      #expect(run.code == 0, "\(run.errors)")
      return run.lines.last
    }
    #expect(Set(lines).count == 1 && lines[0]?.hasSuffix("(1 file replaced)") == true, "\(lines)")
  }

  @Test("the kernels that are used have the hash, and how many are replaced is said")
  func replacedKernelsAreCounted() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array(try kernel("ops/relu.cl").utf8), to: "same/ops/relu.cl")
    try folder.write(Array("// unused".utf8), to: "same/notes/relu.cl")
    let words = ["verify", "--op", "relu", "--level", "quick"]
    let plain = try #require(try Program.run(words).lines.last)
    let same = try Program.run(words + ["--kernels", "same"], in: folder.path)
    #expect(same.lines.last == "\(plain) (1 file replaced)", "\(same.errors)")
    try folder.write(Array(("// mine\n" + kernel("ops/relu.cl")).utf8), to: "same/ops/relu.cl")
    let other = try Program.run(words + ["--kernels", "same"], in: folder.path)
    #expect(other.code == 0 && other.lines.last != same.lines.last, "\(other.errors)")
  }

  @Test(
    "a kernel of --kernels that does not build is the user's, in one line that names it",
    arguments: ["int relu = ;\n", "#include \"common/none.clh\"\n", "#include <none.clh>\n"],
    [["bench"], ["bench", "--op", "relu"], ["tune", "--level", "rapid"], ["verify"]])
  func aBrokenKernelIsNotOurs(line: String, words: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write(Array((line + (try kernel("ops/relu.cl"))).utf8), to: "k/ops/relu.cl")
    try folder.write(
      Array((line + (try kernel("ops/global_average_pool.cl"))).utf8),
      to: "k/ops/global_average_pool.cl")
    let run = try Program.run(
      words + ["--model", Program.model, "--kernels", "k"], in: folder.path,
      setting: ["XDG_CACHE_HOME": folder.file("cache")])
    let lines = run.errorLines.filter { $0.hasPrefix("salient: ") }
    #expect(run.code == 65 && lines.count == 1, "\(run.output)\(run.errors)")
    #expect(lines.first?.contains("ops/") == true && !run.errors.contains("report this"))
  }

  @Test("a lack of memory is no finding, and no operator is no choice")
  func whatCannotBeVerified() throws {
    let short = try Program.run(["verify", "--op", "relu", "--memory", "16K"])
    #expect(short.code == 75 && !short.output.contains("FAIL"), "\(short.output)\(short.errors)")
    #expect(short.errorLines.count == 1 && short.errors.contains("out of memory"))
    for operators in ["", "relu,"] {
      let run = try Program.run(["verify", "--op", operators])
      #expect(run.code == 64 && run.errorLines.count == 1, "\(run.output)\(run.errors)")
    }
  }

  @Test("a report or folder that cannot be written is said before anything is checked")
  func whatCannotBeWritten() throws {
    let folder = try TemporaryFolder()
    try folder.write([], to: "plain")
    try folder.write([], to: "folder.html/file")
    for (words, code) in [
      (["--report", "/proc/x.html"], 74), (["--report", "none/x.html"], 66),
      (["--report", "folder.html"], 74), (["--keep", "plain"], 74), (["--keep", "no/where"], 66),
    ] {
      let run = try Program.run(["verify", "--op", "relu"] + words, in: folder.path)
      #expect(Int(run.code) == code && run.output.isEmpty, "\(run.output)\(run.errors)")
      #expect(run.errorLines.count == 1 && run.errors.hasPrefix("salient: \(words[0]) "))
      #expect(run.errors.hasSuffix("choose another path\n"), "\(run.errors)")
    }
    #expect(try folder.files() == ["folder.html/file", "plain"])
  }

  private func kernel(_ path: String) throws -> String {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return try String(contentsOf: root.appendingPathComponent("Kernels/\(path)"), encoding: .utf8)
  }

  private func document(_ run: Run) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any],
      "\(run.errors)")
  }

  @Test func everyStepOfAModelsPlanIsChecked() throws {
    let run = try Program.run(["verify", Program.model, Program.pictures])
    #expect(run.code == 0, "\(run.output)\(run.errors)")
    #expect(run.lines.contains { $0.hasPrefix("conv2d+add+relu ") })
    #expect(run.lines.last?.contains(" 0 failed; ") == true)
  }
}
