import Execution
import Graphs
import Models
import OpenCLBackend
import OpenCLRuntime
import Tensors

/// How long a network's forward pass takes on a device.
public struct ForwardBenchmark: Sendable {
  /// The images of a run.
  public let batch: Int
  /// Milliseconds of each timed run, the read-back of the outputs included.
  public let milliseconds: [Double]
  /// The bytes of device memory of the plan's own tensors.
  public let planBytes: Int
  /// The steps of the plan.
  public let steps: [Step]
  /// What the device can do at most; nil where it was opened without profiling.
  public let roof: Roof?

  /// A step of the plan: the operators it computes together, and how.
  public struct Step: Sendable {
    /// The operators, `conv2d+add+relu`; `layout` for a change of layout.
    public let names: String
    /// The shape of what it makes.
    public let output: Shape
    /// What fixes the order of summation, the kernels and buffers.
    public let plan: PlanStep
    /// Floating-point operations of its operators, by their definitions.
    public let operations: Int
    /// Floating-point operations of its kernels: fewer where the algorithm needs fewer products.
    public var executedOperations: Int { Int(Double(operations) * plan.effort) }
    /// Milliseconds of its launches, the least of all runs; nil where the device was opened without
    /// profiling.
    public var milliseconds: Double?
  }

  /// Milliseconds of the median run, for one image.
  public var medianPerImage: Double {
    milliseconds.sorted()[milliseconds.count / 2] / Double(batch)
  }

  /// Times runs of a network on noise: some to warm up, then `runs`.
  /// - Throws: `BackendError` where the engine fails.
  public static func run(
    _ network: Network, on backend: any Backend, batch: Int, runs: Int
  ) async throws(BackendError) -> ForwardBenchmark {
    let graph = network.graph
    let executable = try await backend.compile(graph, CompileOptions(capacity: batch))
    let parameters = try await backend.upload(network.weights)
    var noise = Noise()
    let images = try await backend.upload(
      noise.tensor(graph[graph.inputs[0]].shape.withRows(batch)))
    var steps = executable.steps.map { Step($0, of: graph, batch: batch) }
    var milliseconds: [Double] = []
    var warmUp = WarmUp()
    while milliseconds.count < runs {
      let start = ContinuousClock.now
      for output in try await executable.run([images], parameters) {
        _ = try await output.download()
      }
      let time = ContinuousClock.now - start
      let launches = try await (backend as? OpenCLBackend)?.takeTimes() ?? []
      guard warmUp.counts(time) else { continue }
      milliseconds.append(time / .milliseconds(1))
      Step.keepLeast(of: launches, in: &steps)
    }
    return ForwardBenchmark(
      batch: batch, milliseconds: milliseconds, planBytes: executable.byteCount, steps: steps,
      roof: try await Roof.measure(ifProfiling: backend))
  }
}

extension ForwardBenchmark.Step {
  init(_ step: PlanStep, of graph: Graph, batch: Int) {
    let nodes = step.nodes.map { graph[$0] }
    let names = nodes.compactMap { $0.operation?.name }.joined(separator: "+")
    self.names = names.isEmpty ? "layout" : names
    output = nodes.last?.shape(rows: batch) ?? []
    plan = step
    operations = nodes.reduce(0) { sum, node in
      let inputs = node.inputs.map { graph[$0].shape(rows: batch) }
      return sum + (node.operation?.cost(inputs).floatingPointOperations ?? 0)
    }
  }

  /// Gives each step the time of its launches, where that is the least so far.
  fileprivate static func keepLeast(of launches: [LaunchTime], in steps: inout [Self]) {
    guard launches.count == steps.reduce(0, { $0 + $1.plan.launchCount }) else { return }
    var next = 0
    for index in steps.indices {
      let own = launches[next..<next + steps[index].plan.launchCount]
      next += own.count
      let time = own.reduce(0) { $0 + Double($1.durationNanoseconds) } / 1e6
      steps[index].milliseconds = min(time, steps[index].milliseconds ?? .infinity)
    }
  }
}
