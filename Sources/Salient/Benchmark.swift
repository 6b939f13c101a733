import Execution
import Graphs
import Models
import Tensors

/// How long a network's forward pass takes on a device.
public struct ForwardBenchmark: Sendable {
  /// The images of a run.
  public let batch: Int
  /// Milliseconds of each timed run, the read-back of the outputs included.
  public let milliseconds: [Double]

  /// The steps of the plan.
  public let steps: [Step]

  /// A step of the plan: the operators it computes together, and how.
  public struct Step: Sendable {
    /// The operators, `conv2d+add+relu`; `layout` for a change of layout.
    public let names: String
    /// What fixes the order of summation.
    public let algorithm: String
    /// The kernels.
    public let kernel: String
  }

  /// Milliseconds of the median run, for one image.
  public var medianPerImage: Double {
    milliseconds.sorted()[milliseconds.count / 2] / Double(batch)
  }

  /// Times runs of a network on noise: one to warm up, then `runs`.
  /// - Throws: `BackendError` where the engine fails.
  public static func run(
    _ network: Network, on backend: any Backend, batch: Int, runs: Int
  ) async throws(BackendError) -> ForwardBenchmark {
    let graph = network.graph
    let executable = try await backend.compile(graph, CompileOptions(capacity: batch))
    let parameters = try await backend.upload(network.weights)
    var state: UInt64 = 1
    let noise = HostTensor<Float>(graph[graph.inputs[0]].shape.withRows(batch)) { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 33)) / Float(1 << 30) - 1
    }
    let images = try await backend.upload(noise)
    var milliseconds: [Double] = []
    for turn in 0...runs {
      let start = ContinuousClock.now
      for output in try await executable.run([images], parameters) {
        _ = try await output.download()
      }
      let time = ContinuousClock.now - start
      if turn > 0 { milliseconds.append(time / .milliseconds(1)) }
    }
    let steps = executable.steps.map { step in
      let names = step.nodes.compactMap { graph[$0].operation?.name }.joined(separator: "+")
      return Step(
        names: names.isEmpty ? "layout" : names, algorithm: step.algorithm, kernel: step.kernel)
    }
    return ForwardBenchmark(batch: batch, milliseconds: milliseconds, steps: steps)
  }
}
