import Execution
import Graphs
import Models
import OpenCLBackend
import Operators
import Tensors

/// How long the kernels of an operator take on the shapes that a network has.
public struct KernelBenchmark: Sendable {
  /// A call of the operator with shapes of its own.
  public struct Row: Sendable {
    /// The operator.
    public let operatorName: String
    /// Its geometry where it is a convolution or a gradient of one; that of the forward pass.
    public let geometry: ConvolutionGeometry?
    /// The shapes of its inputs, with the batch.
    public let inputs: [Shape]
    /// The shape of its output.
    public let output: Shape
    /// How often the network has it.
    public let count: Int
    /// What runs.
    public let plan: [PlanStep]
    /// Floating-point operations by the operator's definition.
    public let operations: Int
    /// Floating-point operations of the kernels: fewer where the algorithm needs fewer products.
    public var executedOperations: Int {
      Int(Double(operations) * (plan.last { $0.algorithm != "layout" }?.effort ?? 1))
    }
    /// Bytes moved when every tensor is read or written once.
    public var byteCount: Int { plan.reduce(0) { $0 + $1.byteCount } }
    /// Milliseconds of the fastest run.
    public let milliseconds: Double
  }

  /// The images of a run.
  public let batch: Int
  /// A row for each distinct call, in the order of the network.
  public let rows: [Row]

  /// Milliseconds of all calls of the network: each row as often as it occurs.
  public var total: Double { rows.reduce(0) { $0 + $1.milliseconds * Double($1.count) } }

  /// Times every distinct call of an operator.
  ///
  /// The gradients of convolutions are those of the network's convolutions.
  /// - Parameters:
  ///   - operatorName: as in the catalogue, `conv2d`.
  ///   - network: where the shapes come from; weights and inputs are noise.
  ///   - backend: opened with profiling.
  ///   - batch: the images of a run.
  ///   - runs: how often each is timed, after some to warm up.
  /// - Returns: a row for each distinct call.
  /// - Throws: `BackendError` where the engine fails.
  public static func run(
    _ operatorName: String, of network: Network, on backend: OpenCLBackend, batch: Int, runs: Int
  ) async throws(BackendError) -> KernelBenchmark {
    var rows: [Row] = []
    for call in calls(of: operatorName, in: network.graph) {
      rows.append(try await time(call, backend, batch: batch, runs: runs))
    }
    return KernelBenchmark(batch: batch, rows: rows)
  }

  private static func time(
    _ call: Call, _ backend: OpenCLBackend, batch: Int, runs: Int
  ) async throws(BackendError) -> Row {
    let graph: Graph
    do throws(GraphError) {
      graph = try call.graph()
    } catch {
      throw .mismatch("\(call.operation.name): \(error)")
    }
    let executable = try await backend.compile(graph, CompileOptions(capacity: batch))
    var noise = Noise()
    var inputs: [any ResidentTensor] = []
    for value in graph.inputs {
      inputs.append(try await backend.upload(noise.tensor(graph[value].shape(rows: batch))))
    }
    var weights: [ParameterName: any WeightSource] = [:]
    for node in graph.nodes {
      if case .parameter(let name) = node.source {
        weights[name] = HostWeights(noise.tensor(node.shape))
      }
    }
    let parameters = try await backend.upload(weights)
    var least = Double.infinity
    var warmUp = WarmUp()
    var counted = 0
    while counted < runs {
      let outputs = try await executable.run(inputs, parameters)
      let times = try await backend.takeTimes()
      withExtendedLifetime(outputs) {}
      let nanoseconds = times.reduce(0) { $0 + $1.durationNanoseconds }
      guard warmUp.counts(.nanoseconds(nanoseconds)) else { continue }
      counted += 1
      least = min(least, Double(nanoseconds) / 1e6)
    }
    let output = graph[graph.outputs[0]].shape(rows: batch)
    let shapes = call.inputs.map { $0.isRows ? $0.shape.withRows(batch) : $0.shape }
    return Row(
      operatorName: call.operation.name, geometry: call.geometry, inputs: shapes, output: output,
      count: call.count, plan: executable.steps,
      operations: call.operation.cost(shapes).floatingPointOperations, milliseconds: least)
  }
}

/// The geometry of a convolution, in the letters of the field.
public struct ConvolutionGeometry: Sendable, Hashable {
  /// Channels, height and width of an image.
  public let image: [Int]
  /// Filters, height and width of a filter.
  public let filters: [Int]
  /// The strides along height and width.
  public let stride: [Int]
  /// The padding before the image along height and width.
  public let padding: [Int]
  /// The groups.
  public let groups: Int
}
