import ArgumentParser
import Jobs
import Models
import Salient

/// `salient tune`: finds the fastest kernel sizes on this device and stores them.
struct Tune: Verb {
  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Find the fastest kernel sizes on this device and store them for later runs.",
    discussion: """
      Every size is compared with the definition of its operator before it is timed; sizes change \
      the time of a run and never a bit of its results. A batch of noise is explained to see which \
      passes the method makes. Without MODEL the bundled network and the layers of common networks \
      are tuned.
      """)

  static let examples = [
    "salient tune net.onnx --batch-size 8", "salient tune net.onnx --method guided-backprop",
    "salient tune --level rapid --json",
  ]

  @Argument(help: "The network: an ONNX file, or scenes, the bundled one.")
  var file: String?

  @OptionGroup(title: "Model") var model: ModelOptions

  @OptionGroup(title: "Device") var device: DeviceOptions

  @Option(name: .customLong("batch-size"), help: "Images of a run (default 8).")
  var batch: String?

  @Option(
    help: "The method whose passes are tuned, as explain takes it; commas between several.")
  var method = "group-cam"

  @Option(help: "Only this operator; commas between several.")
  var op: String?

  @Option(help: "rapid or quick (the first 8 sizes), normal (all; default), heavy (more runs).")
  var level = "normal"

  @Flag(help: "Print one JSON document.")
  var json = false

  @Flag(name: .shortAndLong, help: "No lines for steps, no progress.")
  var quiet = false

  var kernels: String? { device.kernels }

  func perform() async throws(Failure) -> Int32 {
    let level = try Flags.word(level, "--level", as: TuningRun.Level.self)
    let count = try batch.map { text throws(Failure) in try Flags.count(text, "--batch-size") } ?? 8
    let operators = try Flags.operators(op)
    let methods = method.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    _ = try MethodCatalogue().requests(methods, set: [])
    let path =
      file == nil && model.model == nil ? nil : try model.path(file, "salient tune net.onnx")
    let network = try path.map { path throws(Failure) in try model.network(path) }
    let device = try self.device.open(profiling: true)
    var run = try TuningRun(
      device, cacheFolder: Terminal.cacheRoot(version: Salient.version), operators: operators,
      level: level)
    let explained = if let network { network } else { try Salient.Model.read("scenes") }
    for method in methods { try await run.add(explained, method: method, batch: count) }
    if network == nil { try run.addStandardLayers(batch: count) }
    try run.checkOperators()
    let start = ContinuousClock.now
    let meter = ProgressMeter(total: run.stepCount, batchSize: 1, isShown: !quiet)
    meter.draw()
    let steps = try await run.run { step in
      meter.clear()
      for refusal in step.refusals { Terminal.complain(refusal) }
      if !json, !quiet { Terminal.say(Self.line(step)) }
      meter.add(failed: !step.refusals.isEmpty)
      meter.draw()
    }
    meter.end()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    Terminal.say(
      json
        ? document(path, device, run, steps, count).indented()
        : Self.summary(steps, seconds) + "; \(destination(of: run))\n")
    return steps.allSatisfy(\.refusals.isEmpty) ? 0 : 2
  }

  private static func line(_ step: TunedStep) -> String {
    var text = "\(step.names)  \(step.shapes)  \(step.variant)  \(step.baseline)"
    if let winner = step.winner {
      text += " \(winner.baseline.asMilliseconds) ms -> \(winner.tile) "
      text += "\(winner.milliseconds.asMilliseconds) ms, "
      text += step.isStored ? "stored" : "not stored"
    } else if let time = step.candidates.first?.milliseconds {
      text += " \(time.asMilliseconds) ms, as good as any"
    }
    return text + "\n"
  }

  private static func summary(_ steps: [TunedStep], _ seconds: Double) -> String {
    let stored = steps.count(where: \.isStored)
    let tried = steps.map(\.candidates.count).reduce(0, +)
    let refused = steps.map(\.refusals.count).reduce(0, +)
    return
      "\(Quantity.count(steps.count, "step")), \(Quantity.count(tried, "size")) tried, "
      + "\(stored) stored, \(refused) refused, \(Quantity.duration(seconds: seconds))"
  }

  private func destination(of run: TuningRun) -> String {
    run.stores ? run.file : "nothing is stored of what was measured with --kernels"
  }

  private func document(
    _ path: String?, _ device: DeviceInUse, _ run: TuningRun, _ steps: [TunedStep], _ batch: Int
  ) -> JSONValue {
    [
      "schema": .integer(1), "model": .text(path), "device": .string(device.name),
      "driver": .text(device.driver), "precision": .string("fp32"), "method": .string(method),
      "batch": .integer(batch), "level": .string(level), "file": .string(run.file),
      "stored": .integer(steps.count(where: \.isStored)),
      "refused": .integer(steps.map(\.refusals.count).reduce(0, +)),
      "steps": .array(steps.map(\.json)),
    ]
  }
}
