import Foundation
import Testing

/// What a run says beforehand, and how it tells of itself while it goes on.
@Suite(.tags(.device)) struct DryRunTests {
  @Test func aDryRunRefusesWhatDoesNotFit() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(64, 64), to: "a.png")
    let words = ["explain", "a.png", "--model", "scenes", "--dry-run", "--memory"]
    let tight = try Program.run(words + ["1M"], in: folder.path)
    #expect(tight.code == 75, "\(tight.errors)")
    let line = try #require(tight.errorLines.first { $0.hasPrefix("device") })
    #expect(line.contains("one image takes about ") && line.hasSuffix(" of 1.0 MiB"))
    #expect(!line.contains("about 1.0 MiB of"))
    #expect(tight.errorLines.last?.contains("out of memory") == true)
    let roomy = try Program.run(words + ["512M"], in: folder.path)
    #expect(roomy.code == 0, "\(roomy.errors)")
    #expect(try folder.files() == ["a.png"])
  }

  @Test func rulesThatChangeNothingAreSaidBeforehand() throws {
    let folder = try TemporaryFolder()
    let model = "\(Program.networks)/efficientnet-legacy.onnx"
    let run = try Program.run(
      [
        "explain", Program.pictures, "-m", model, "--dry-run", "--method",
        "grad-cam,guided-backprop,deconvnet,smoothgrad:base=deconvnet,smoothgrad",
      ], in: folder.path)
    #expect(run.code == 0, "\(run.errors)")
    let notes = run.errorLines.filter { $0.hasPrefix("note ") }
    #expect(
      notes == [
        "note     guided-backprop, deconvnet, smoothgrad_base=deconvnet: the network has no ReLU:"
          + " the rule changes nothing, this is the gradient"
      ])
  }

  @Test func linesThatAreNotShownAreCounted() throws {
    let folder = try TemporaryFolder()
    let common = ["--model", Program.model, "--device", "reference", "--method", "grad-cam"]
    for (target, last) in [("all", "30 more in out-all/results.jsonl"), ("top4", nil)] {
      let run = try Program.run(
        ["explain", Program.pictures, "-t", target, "--save", "none", "-o", "out-\(target)"]
          + common, in: folder.path)
      #expect(run.code == 0, "\(run.errors)")
      // The standard output is as long as ever; who looks at a terminal sees both.
      #expect(run.lines.count == 21)
      #expect(run.errorLines.filter { $0.contains(" more in ") } == (last.map { [$0] } ?? []))
    }
  }

  @Test func thePredictedTimeIsThatOfTheRun() throws {
    let folder = try TemporaryFolder()
    for number in 0..<4 {
      try folder.write(try Pictures.png(320, 240, seed: number), to: "in/\(number).png")
    }
    // Once to compile kernels, which later runs find on the disk.
    for _ in 0..<2 {
      let run = try Program.run(
        ["explain", "in", "--model", "scenes", "-t", "top3", "-o", "out", "--overwrite"],
        in: folder.path)
      #expect(run.code == 0, "\(run.errors)")
    }
    let record = try folder.document("out/run.json")
    let seconds = { (key: String) in (record[key] as? [String: Any])?["seconds"] as? Double }
    let (predicted, real) = (try #require(seconds("predicted")), try #require(seconds("real")))
    // Others may take the cores in the meantime, so the bounds are wide.
    #expect(predicted > real / 5 && predicted < real * 20, "\(predicted) for \(real)")
  }

  @Test func thePassesOfAMetricDoNotMultiplyWhatReadingTakes() throws {
    let folder = try TemporaryFolder()
    for number in 0..<3 {
      try folder.write(try Pictures.png(1200, 1000, seed: number), to: "in/\(number).png")
    }
    func seconds(_ metric: String) throws -> Double {
      let run = try Program.run(
        ["evaluate", "in", "-m", Program.model, "--method", "random", "--metric", metric]
          + ["--dry-run", "-o", "out"], in: folder.path)
      #expect(run.code == 0, "\(run.errors)")
      let line = try #require(run.errorLines.first { $0.hasPrefix("work") })
      let words = try #require(line.components(separatedBy: ", about ").last)
        .split(separator: " ")
      return try #require(Double(words[0])) * (words[1] == "min" ? 60 : 1)
    }
    // A hundred passes of a small network beside seconds of reading.
    let (without, with) = (try seconds("sparseness"), try seconds("deletion"))
    #expect(without > 0 && with < 20 * without, "\(with) \(without)")
  }
}
