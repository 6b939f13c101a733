import ArgumentParser
import Jobs
import Salient

/// `salient explain`: maps and records for every input.
struct Explain: Verb {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Write maps, results.jsonl and run.json for .npy inputs.")

  static let examples = [
    "salient explain input.npy --model net.onnx",
    "salient explain stack.npy inputs/ -m net.onnx -t 281 --method group-cam,grad-cam -o out",
  ]

  @Argument(
    help: "Files, folders, @LIST or - (one path a line); .npy: float32 [C,H,W] or [N,C,H,W].")
  var inputs: [String] = []

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Device") var device: DeviceOptions

  @Option(help: "Labels: a file with one a line or JSON, or none (default: what the model states).")
  var labels: String?

  @Option(help: "NAME[:KEY=VALUE]..., commas between methods (default group-cam).")
  var method: [String] = []

  @Option(name: .customLong("set"), help: "KEY=VALUE or METHOD.KEY=VALUE, for the whole run.")
  var settings: [String] = []

  @Option(
    name: .shortAndLong,
    help: "topK, an index, a label, 281-282, 'A vs B', not:T, prob:T, logprob:T, all (top1).")
  var target: [String] = []

  @Option(help: "A tensor or module path; a map for each (default: automatic).")
  var layer: [String] = []

  @Option(help: "How outputs become scores of masks: softmax, sigmoid, raw.")
  var scores: String?

  @Option(help: "Threads for reading and writing files.")
  var threads: String?

  @Option(help: "fp32 (default).")
  var precision: String?

  @Option(help: "Images in flight at most (default 8).")
  var batchSize: String?

  @Option(help: "map, raw or none; commas between (default map).")
  var save: [String] = []

  @Option(name: .customShort("o"), help: "The folder for the results (default salient-out).")
  var output: String?

  @Flag(help: "Go on with the run in the folder; same command.")
  var resume = false

  @Flag(help: "Delete the files of the run in the folder, and start over.")
  var overwrite = false

  @Option(name: .customLong("from"), help: "Take every flag not given here from this run.json.")
  var earlier: String?

  @Option(help: "The seed of everything random (default 0).")
  var seed: String?

  @Option(help: "I/N: only the inputs of shard I of N, I from 0.")
  var shard: String?

  @Flag(help: "Print the header and what it would take; write nothing.")
  var dryRun = false

  @Flag(help: "Print exactly the lines of results.jsonl.")
  var json = false

  @Flag(name: .shortAndLong, help: "No header, no progress, no result lines.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "More: plan, timings.")
  var verbose = false

  func perform() async throws(Failure) -> Int32 {
    let choices = try ExplainChoices(self)
    try choices.folder.checkFree()
    let list = try await choices.findInputs()
    let inputs = try choices.usable(list)
    let plan = try await ExplainPlan(choices, inputs)
    let report = RunReport(
      job: plan.job, isQuiet: quiet, isJSON: json, isVerbose: verbose)
    if !quiet {
      for line in plan.header { Terminal.note(line) }
      if let line = list.passedOverLine { Terminal.note(line) }
    }
    try plan.checkSpace()
    try plan.job.folder.check(against: plan.record)
    guard !dryRun else { return 0 }
    return try await report.render(plan)
  }
}
