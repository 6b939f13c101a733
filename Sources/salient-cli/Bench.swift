import ArgumentParser
import Execution
import Jobs
import Models
import OpenCLBackend
import Salient

/// `salient bench`: how long a forward pass, an operator or a method takes.
struct Bench: Verb {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "The time of a forward pass, an operator or a method on this device.")

  static let examples = [
    "salient bench net.onnx --batch-size 8", "salient bench net.onnx --plan",
    "salient bench net.onnx --op conv2d",
    "salient bench net.onnx --method group-cam:groups=32 --batch-size 4 --json",
    "salient bench net.onnx --method all", "salient bench resnet18.onnx --peers figures.json",
  ]

  @Argument(help: "The network: an ONNX file, or scenes, the bundled one.")
  var file: String?

  @OptionGroup(title: "Model") var model: ModelOptions

  @OptionGroup(title: "Device") var device: DeviceOptions

  @Option(
    name: .customLong("batch-size"),
    help: "Images of a run (default 8; where several methods are compared 1).")
  var batch: String?

  @Option(
    help: """
      Each distinct call of an operator in the network; conv2d_data_gradient and \
      conv2d_weight_gradient: those of its convolutions.
      """)
  var op: String?

  @Option(
    help: """
      A method with settings, as explain takes it; several with commas between, or all: a table of \
      their times.
      """)
  var method: String?

  @Option(help: "How many runs are timed: quick (3), normal (7), heavy (21).")
  var level = "normal"

  @Flag(
    help:
      "Print the steps of the plan: operators, algorithm, cost, time, buffers; of a method its kernels."
  )
  var plan = false

  @Option(
    help: "Print the times of other programs beside ours: a file of Tools/peers/compare.py --out.")
  var peers: String?

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

  var kernels: String? { device.kernels }

  func perform() async throws(Failure) -> Int32 {
    guard op == nil || method == nil && !plan else {
      throw Failure(.usage, "--op", "not together with --method or --plan", try: "one at a time")
    }
    let path = try model.path(file, "salient bench net.onnx")
    let runs = try Flags.word(level, "--level", as: Level.self).runs
    let compares = method.map { $0 == "all" || $0.contains(",") } ?? false
    guard !compares || !plan else {
      throw Failure(.usage, "--plan", "not together with several methods", try: "one at a time")
    }
    let given = try batch.map { text throws(Failure) in try Flags.count(text, "--batch-size") }
    let count = given ?? (compares ? 1 : 8)
    let figures = try peers.map { file throws(Failure) in try PeerFigures(file: file) }
    let network = try model.network(path)
    let device = try self.device.open(profiling: plan || op != nil)
    let report = try await suggestingSmallerBatch { () async throws(Failure) in
      if let op {
        return try await operators(op, network, device, batch: count, runs: runs)
      } else if let method, compares {
        return try await comparison(method, network, device, batch: count, runs: runs)
      } else if let method {
        return try await explanations(method, network, device, batch: count, runs: runs)
      } else {
        return try await forward(network, device, batch: count, runs: runs)
      }
    }
    let beside = try figures.map { figures throws(Failure) in
      let setup = try PeerFigures.Setup(model: path, network: network, device: device)
      return figures.comparison(with: report.works, setup: setup)
    }
    Terminal.say(
      json
        ? report.document(path, device, beside).indented()
        : "\(path)  \(report.text)\(beside?.text ?? "")")
    return 0
  }

  /// Where memory is short, fewer images of a run are the mend.
  private func suggestingSmallerBatch(
    _ work: () async throws(Failure) -> any BenchReport
  ) async throws(Failure) -> any BenchReport {
    do throws(Failure) {
      return try await work()
    } catch  where error.kind == .temporary && error.what.hasPrefix("out of memory") {
      throw Failure(.temporary, error.place, error.what, try: "give a smaller --batch-size")
    }
  }

  private func forward(
    _ network: Network, _ device: DeviceInUse, batch: Int, runs: Int
  ) async throws(Failure) -> any BenchReport {
    do throws(BackendError) {
      let result = try await ForwardBenchmark.run(
        network, on: device.backend, batch: batch, runs: runs)
      return ForwardReport(result, listsPlan: plan)
    } catch {
      throw Failure(error, device: device.name)
    }
  }

  private func operators(
    _ name: String, _ network: Network, _ device: DeviceInUse, batch: Int, runs: Int
  ) async throws(Failure) -> any BenchReport {
    guard let backend = device.backend as? OpenCLBackend else {
      throw Failure(.usage, "--op \(name)", "the reference has no kernels", try: "name a device")
    }
    let result: KernelBenchmark
    let roof: Roof
    do throws(BackendError) {
      result = try await KernelBenchmark.run(
        name, of: network, on: backend, batch: batch, runs: runs)
      roof = try await Roof.measure(backend)
    } catch {
      throw Failure(error, device: device.name)
    }
    guard !result.rows.isEmpty else {
      throw Failure(
        .usage, "--op \(name)", "the network has no such operator",
        try: "give one operator, as conv2d; salient bench MODEL --plan lists the steps")
    }
    return KernelReport(result, name, roof)
  }

  private func explanations(
    _ method: String, _ network: Network, _ device: DeviceInUse, batch: Int, runs: Int
  ) async throws(Failure) -> any BenchReport {
    let model = try await Salient.Model(network, on: device)
    let result = try await MethodBenchmark.run(method, of: model, batch: batch, runs: runs)
    let savings = plan ? try await SavingsBenchmark.run(of: model, batch: batch, runs: runs) : nil
    return MethodReport(result, method, savings)
  }

  /// Several methods; each is said when it is there, since the last may take minutes.
  private func comparison(
    _ methods: String, _ network: Network, _ device: DeviceInUse, batch: Int, runs: Int
  ) async throws(Failure) -> any BenchReport {
    let names = methods == "all" ? MethodComparison.everyMethod : methods
    let result = try await MethodComparison.run(
      names, of: network, on: device, batch: batch, runs: runs
    ) { row in
      let time = row.benchmark.map { "\($0.medianPerImage.asMilliseconds) ms per image" }
      Terminal.note("\(row.method)  \(time ?? "-")")
    }
    return ComparisonReport(result, device)
  }
}
