import ArgumentParser
import Jobs
import Salient

/// `salient evaluate`: what maps are worth, over a data set.
struct Evaluate: Verb {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure maps: evaluation.jsonl, summary.json, a table and report.html.")

  static let examples = [
    "salient evaluate photos/ --model resnet50.onnx --method group-cam,grad-cam",
    "salient evaluate scenes/ -m scenes --metric pointing,over-all --sweep group-cam.groups=1,8,32",
  ]

  @Argument(help: "PNG, JPEG, .npy, folders, data sets, @LIST, - (stdin).")
  var inputs: [String] = []

  @OptionGroup(title: "Model") var model: ModelOptions

  @Option(help: "A file, imagenet, none (default: the model's own).")
  var labels: String?

  @Option(help: "Classes, boxes, masks: COCO .json, .xml folder, .csv (the data set's own).")
  var truth: String?

  @Option(help: "NAME[:KEY=VALUE]...; repeats, or commas (group-cam).")
  var method: [String] = []

  @Option(
    help:
      "NAME[:KEY=VALUE]...; repeats, or commas (insertion,deletion; with boxes also pointing,energy,localisation)."
  )
  var metric: [String] = []

  @Option(name: .customLong("protocol"), help: "paper, group-cam, rise, torchray, grad-cam.")
  var rules: String?

  @Option(help: "Finished maps: the -o of an explain run, or a folder of INPUT.npy of any tool.")
  var maps: String?

  @Option(help: "SETTING=V,V,... of a method, or layer=A,B,...; repeats, each sweep alone.")
  var sweep: [String] = []

  @Option(help: ArgumentHelp("The first N images only.", valueName: "n"))
  var limit: String?

  @Flag(help: "Keep the curves in the records, and draw them in the report.")
  var curves = false

  @Option(
    name: .customLong("set"),
    help: "KEY=VALUE, METHOD.KEY=VALUE or METRIC.KEY=VALUE, for the whole run.")
  var settings: [String] = []

  @Option(
    name: .shortAndLong,
    help: "The class to measure maps of; repeats (what each metric asks for).")
  var target: [String] = []

  @Option(help: "A tensor or module path; repeats (automatic).")
  var layer: [String] = []

  @Option(help: "How outputs become scores: softmax, sigmoid, raw.")
  var scores: String?

  @Option(help: "keras-blog, group-cam-paper or group-cam-head.")
  var recipe: String?

  @OptionGroup(title: "Pictures") var pictures: PictureOptions
  @OptionGroup(title: "Device") var device: DeviceOptions
  @OptionGroup var results: RunOptions

  @Option(help: "fp32 (default).")
  var precision: String?

  @Option(help: ArgumentHelp("Images in flight at most (8).", valueName: "n"))
  var batchSize: String?

  @Option(help: "I/N: only shard I of N of the inputs, I from 0.")
  var shard: String?

  @Flag(name: .shortAndLong, help: "More: plan, timings.")
  var verbose = false

  var kernels: String? { device.kernels }

  func perform() async throws(Failure) -> Int32 {
    let choices = try EvaluateChoices(self)
    try choices.explain.folder.checkFree()
    let list = try await choices.explain.findInputs()
    _ = try choices.explain.usable(list)
    let plan = try await EvaluatePlan(choices, list)
    if !results.quiet {
      for line in plan.header { Terminal.note(line) }
      if let line = list.passedOverLine { Terminal.note(line) }
    }
    guard !results.dryRun else { return 0 }
    let report = EvaluationReport(
      evaluation: plan.evaluation, isQuiet: results.quiet, isJSON: results.json, isVerbose: verbose)
    return try await report.render(plan.record)
  }
}
