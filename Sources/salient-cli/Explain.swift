import ArgumentParser
import Jobs
import Salient

/// `salient explain`: maps, overlays and records for every input.
struct Explain: Verb {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Write maps, overlays, results.jsonl, run.json and report.html.")

  static let examples = [
    "salient explain cat.jpg --model resnet50.onnx",
    "salient explain photos/ -m net.onnx -t top3 --method group-cam,grad-cam -o out",
  ]

  @Argument(
    help: "PNG, JPEG, .npy, folders, data sets, @LIST, - (stdin).")
  var inputs: [String] = []

  @OptionGroup(title: "Model") var model: ModelOptions

  @Option(help: "A file, imagenet, none (default: the model's own).")
  var labels: String?

  @Option(help: "folders, or a .csv, .jsonl, COCO .json, .xml folder.")
  var truth: String?

  @Option(help: "NAME[:KEY=VALUE]...; repeats, or commas (group-cam).")
  var method: [String] = []

  @Option(name: .customLong("set"), help: "KEY=VALUE or METHOD.KEY=VALUE, for the whole run.")
  var settings: [String] = []

  @Option(
    name: .shortAndLong,
    help: "topK, 281, label, 'A vs B', not:T, prob:T, truth, all, 'out[3].max()'; repeats (top1).")
  var target: [String] = []

  @Option(help: "A tensor or module path; repeats, a map each (automatic).")
  var layer: [String] = []

  @Option(help: "How outputs become scores: softmax, sigmoid, raw.")
  var scores: String?

  @Option(help: "keras-blog, group-cam-paper or group-cam-head.")
  var recipe: String?

  @OptionGroup(title: "Pictures") var pictures: PictureOptions
  @OptionGroup(title: "Overlays") var overlays: OverlayOptions
  @OptionGroup(title: "Device") var device: DeviceOptions
  @OptionGroup var results: RunOptions

  @Option(help: "fp32 (default).")
  var precision: String?

  @Option(help: ArgumentHelp("Images in flight at most (8).", valueName: "n"))
  var batchSize: String?

  @Option(help: "map,overlay,report (default), raw,blend,sheet; none.")
  var save: [String] = []

  @Option(help: "I/N: only shard I of N of the inputs, I from 0.")
  var shard: String?

  @Flag(name: .shortAndLong, help: "More: plan, timings.")
  var verbose = false

  func perform() async throws(Failure) -> Int32 {
    let choices = try ExplainChoices(self)
    try choices.folder.checkFree()
    let list = try await choices.findInputs()
    _ = try choices.usable(list)
    var plan = try await ExplainPlan(choices, list)
    try await plan.countMemory(plan.job.deviceByteCount)
    let report = RunReport(
      job: plan.job, isQuiet: results.quiet, isJSON: results.json, isVerbose: verbose)
    if !results.quiet {
      for line in plan.header { Terminal.note(line) }
      if let line = list.passedOverLine { Terminal.note(line) }
    }
    try plan.checkSpace()
    try plan.job.checkFolder(against: plan.record)
    guard !results.dryRun else {
      if plan.prediction.mayNotFit { try await plan.job.rehearse() }
      return 0
    }
    do throws(Failure) {
      return try await report.render(plan)
    } catch {
      throw error.blaming(kernels: choices.kernels)
    }
  }
}
