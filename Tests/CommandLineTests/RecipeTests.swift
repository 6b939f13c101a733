import Foundation
import Testing
import salient_cli

/// Flags that come from elsewhere: recipes and earlier runs.
@Suite struct RecipeTests {
  func explain(_ words: [String], in folder: TemporaryFolder) throws -> Run {
    try Program.run(["explain"] + words, in: folder.path)
  }

  func flags(_ name: String, in folder: TemporaryFolder) throws -> [String: Any] {
    try #require(try folder.document("\(name)/run.json")["flags"] as? [String: Any])
  }

  @Test(arguments: [
    ("keras-blog", "caffe", "blog", "prob:top1", "grad-cam"),
    ("group-cam-paper", "imagenet", "group-cam", "top1", "group-cam"),
    ("group-cam-head", "imagenet", "group-cam", "top1", "group-cam"),
  ])
  func aRecipeIsSpelledOut(
    _ recipe: String, _ preset: String, _ overlay: String, _ target: String, _ method: String
  ) throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(48, 40), to: "a.png")
    let model = ["--model", Program.model, "--device", "reference"]
    let run = try explain(["a.png", "--recipe", recipe, "-o", "out"] + model, in: folder)
    #expect(run.code == 0, "\(run.errors)")
    let flags = try flags("out", in: folder)
    #expect(flags["recipe"] as? String == recipe)
    #expect(flags["preset"] as? String == preset)
    #expect(flags["overlay"] as? String == overlay)
    let chosen = try folder.document("out/run.json")["chosen"] as? [String: Any]
    #expect(flags["colormap"] is NSNull && chosen?["colormap"] as? String == "jet")
    #expect(flags["target"] as? [String] == [target])
    let record = try #require(try folder.records("out/results.jsonl").first)
    #expect(record["method"] as? String == method)
    let settings = try #require(record["settings"] as? [String: Any])
    if recipe == "keras-blog" {
      #expect(settings["reduce"] as? String == "mean" && settings["finish"] as? String == "blog")
    } else {
      #expect(record["variant"] as? String == String(recipe.dropFirst(10)))
    }
    // A flag that is given wins.
    let own = try explain(
      ["a.png", "--recipe", recipe, "--overlay", "blend", "-t", "2", "-o", "own"] + model,
      in: folder)
    #expect(own.code == 0, "\(own.errors)")
    #expect(try self.flags("own", in: folder)["overlay"] as? String == "blend")
    #expect(try folder.records("own/results.jsonl").count == 1)
  }

  @Test(arguments: Recipe.all)
  func whatARecipeSetsIsAFlagAndInForce(_ recipe: Recipe) throws {
    let help = try Program.run(["explain", "--help"]).output
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(48, 40), to: "a.png")
    let run = try explain(
      ["a.png", "--recipe", recipe.name, "-o", "out", "--model", Program.model]
        + ["--device", "reference"], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    let flags = try flags("out", in: folder)
    for (flag, words) in recipe.values {
      #expect(help.contains("--\(flag) "), "\(flag)")
      let word = flags[flag] as? String
      #expect(flags[flag] as? [String] ?? word.map { [$0] } == words, "\(flag)")
    }
  }

  @Test func everyFlagComesFromAnEarlierRun() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.png(48, 40), to: "3/a.png")
    let words = [
      "--model", Program.model, "--device", "reference", "--method", "grad-cam:pool=sum", "--set",
      "relu=false", "-t", "top2", "--layer", "layer3", "--scores", "sigmoid", "--preset",
      "squash224", "--mean", "0.4", "--std", "0.2", "--exif", "ignore", "--alpha", "white",
      "--max-pixels", "5000", "--resample", "pillow12", "--colormap", "viridis", "--overlay",
      "blend", "--overlay-size", "64", "--truth", "folders", "--threads", "2", "--batch-size", "3",
      "--save", "map,overlay", "--seed", "9", "--shard", "0/1", "--precision", "fp32",
    ]
    #expect(try explain(["3/a.png", "-o", "one"] + words, in: folder).code == 0)
    let run = try explain(["3/a.png", "-o", "two", "--from", "one/run.json"], in: folder)
    #expect(run.code == 0, "\(run.errors)")
    let (one, two) = (try flags("one", in: folder), try flags("two", in: folder))
    #expect(NSDictionary(dictionary: one) == NSDictionary(dictionary: two))
    for name in ["max-pixels", "mean", "resample", "truth", "colormap", "threads", "shard"] {
      #expect(two[name] as? String != nil, "\(name)")
    }
    let files = try folder.files(below: "one")
    #expect(try files == folder.files(below: "two"))
    for file in files where file.hasSuffix(".png") || file.hasSuffix(".npy") {
      #expect(try folder.bytes("one/\(file)") == folder.bytes("two/\(file)"))
    }
  }

  @Test func aDryRunSaysWhatItWouldTakeAndWritesNothing() throws {
    let folder = try TemporaryFolder()
    try folder.write(try Pictures.jpeg(400, 300), to: "in/a.jpg")
    let run = try explain(
      ["in", "--model", Program.model, "--device", "reference", "--dry-run", "--json"], in: folder)
    #expect(run.code == 0)
    #expect(run.output.isEmpty)
    #expect(run.errors.contains("input    32x32 imagenet [assumed: the file states none]"))
    let device = try #require(run.errorLines.first { $0.hasPrefix("device   ") })
    #expect(device.contains("MiB") || device.contains("KiB"))
    let work = try #require(run.errorLines.first { $0.hasPrefix("work     ") })
    #expect(work.contains("about ") && work.contains(" to write ("))
    #expect(try folder.files() == ["in/a.jpg"])
  }

  @Test func helpLeadsWithExamplesAndFitsOnTwoScreens() throws {
    let run = try Program.run(["explain", "--help"], setting: ["COLUMNS": "80"])
    #expect(run.code == 0)
    #expect(run.lines.first == "EXAMPLES:")
    #expect(run.lines[1].contains("salient explain "))
    let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 70, "\(lines.count)")
  }
}
