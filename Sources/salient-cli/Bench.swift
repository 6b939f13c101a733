import ArgumentParser
import Execution
import Jobs
import Models
import Salient

/// `salient bench`: how long a network's forward pass takes.
struct Bench: Verb {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "The time of a network's forward pass on this device.")

  static let examples = [
    "salient bench net.onnx --batch-size 8", "salient bench net.onnx --level heavy --json",
  ]

  @Argument(help: "The network: an ONNX file.")
  var file: String?

  @OptionGroup(title: "Model") var model: ModelOptions

  @OptionGroup(title: "Device") var device: DeviceOptions

  @Option(name: .customLong("batch-size"), help: "Images of a run (default 8).")
  var batch: String?

  @Option(help: "How many runs are timed: quick (3), normal (7), heavy (21).")
  var level = "normal"

  @Flag(help: "Print the steps of the plan: nodes, algorithm, kernel.")
  var plan = false

  @Flag(help: "Print one JSON document.")
  var json = false

  private enum Level: String, CaseIterable {
    case quick, normal, heavy

    var runs: Int {
      switch self {
      case .quick: 3
      case .normal: 7
      case .heavy: 21
      }
    }
  }

  func perform() async throws(Failure) -> Int32 {
    let path = try model.path(file, "salient bench net.onnx")
    let runs = try Flags.word(level, "--level", as: Level.self).runs
    let count = try batch.map { text throws(Failure) in try Flags.count(text, "--batch-size") } ?? 8
    let network = try model.network(path)
    let device = try self.device.open(profiling: plan)
    let result: ForwardBenchmark
    do throws(BackendError) {
      result = try await ForwardBenchmark.run(
        network, on: device.backend, batch: count, runs: runs)
    } catch {
      throw Failure(error, device: device.name)
    }
    let tenths = Int((result.medianPerImage * 10).rounded())
    let line = "\(path)  batch \(count)  \(tenths / 10).\(tenths % 10) ms per image\n"
    Terminal.say(json ? document(path, device, result).indented() : line)
    if plan, !json {
      Terminal.say(PlanTable(result).text)
    }
    return 0
  }

  private func document(
    _ path: String, _ device: DeviceInUse, _ result: ForwardBenchmark
  ) -> JSONValue {
    [
      "schema": .integer(1), "model": .string(path), "device": .string(device.name),
      "driver": .text(device.driver), "precision": .string("fp32"),
      "batch": .integer(result.batch),
      "milliseconds_per_image": .number(result.medianPerImage),
      "runs": .array(result.milliseconds.map { .number($0) }),
      "plan": .array(
        result.steps.map { step in
          [
            "nodes": .string(step.names), "output": .string(step.output.description),
            "algorithm": .string(step.plan.algorithm), "kernel": .string(step.plan.kernel),
            "tile": .string(step.plan.tile), "operations": .integer(step.operations),
            "bytes": .integer(step.plan.byteCount), "buffers": .string(step.plan.buffers),
            "milliseconds": step.milliseconds.map { .number($0) } ?? .null,
          ]
        }),
    ]
  }
}
