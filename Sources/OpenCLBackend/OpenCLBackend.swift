import Execution
import Graphs
import OpenCLRuntime
import Operators
import Tensors

/// Runs graphs on one OpenCL device.
///
/// Activations are stored in blocks of 16 channels, everything else row-major. All work of a
/// backend goes through one in-order queue, so what is enqueued first happens first.
public struct OpenCLBackend: Backend {
  /// The queue of the device.
  public let queue: DeviceQueue
  /// What decides between variants.
  package let traits: DeviceTraits
  /// The tiles that are known to be good on the device.
  package var tuning = Tuning()

  /// A backend on a queue, with the family of kernels that suits its device.
  public init(queue: DeviceQueue) {
    let device = queue.device
    self.init(
      queue: queue,
      traits: DeviceTraits(
        family: device.kind == .cpu ? .cpu : .gpu, floatWidth: device.nativeFloatWidth,
        computeUnits: device.computeUnits, alignment: device.baseAddressAlignmentBytes,
        largestGroup: device.maxWorkGroupSize, localByteCount: device.localMemoryBytes))
  }

  /// A backend that picks kernels as if the device had these traits.
  package init(queue: DeviceQueue, traits: DeviceTraits) {
    self.queue = queue
    self.traits = traits
  }

  /// The name of the device.
  public var name: String { queue.device.name }

  /// The most bytes that the buffers of its queue took at once so far.
  public var peakByteCount: Int? { queue.budget.peakByteCount }

  /// Whether some kernel can compute the node.
  public func supports(_ node: Node, in graph: Graph) -> Bool {
    Planner.supports(node, in: graph, traits: traits)
  }

  /// Puts a tensor on the device, in the layout in which executables expect it.
  public func upload(_ tensor: HostTensor<Float>) async throws(BackendError) -> any ResidentTensor {
    try await OpenCLTensor.upload(tensor, to: queue)
  }

  /// Puts rows on the device as one tensor; they are copied once.
  public func upload(
    stacking rows: [HostTensor<Float>]
  ) async throws(BackendError) -> any ResidentTensor {
    try await OpenCLTensor.upload(stacking: rows, to: queue)
  }

  /// Puts weights on the device, chunk by chunk, when a plan first asks for them.
  public func upload(
    _ weights: [ParameterName: any WeightSource]
  ) async throws(BackendError) -> any ResidentParameters {
    OpenCLParameters(weights, on: self)
  }

  /// Plans a graph, builds its kernels and takes its memory.
  public func compile(
    _ graph: Graph, _ options: CompileOptions
  ) async throws(BackendError) -> any Executable {
    try await compile(graph, options, inspection: nil)
  }

  /// Suspends until every command of the queue has ended.
  public func finish() async throws(BackendError) {
    do throws(OpenCLError) {
      try await queue.finish()
    } catch {
      throw BackendError(error)
    }
  }

  /// Compiles a graph to be checked and not just run.
  package func compile(
    _ graph: Graph, _ options: CompileOptions, inspection: Inspection?
  ) async throws(BackendError) -> OpenCLExecutable {
    guard options.capacity > 0 else { throw .mismatch("a plan for \(options.capacity) rows") }
    let plan = try plan(graph, options, inspection: inspection)
    return try await OpenCLExecutable(plan, queue: queue, inspection: inspection)
  }

  func plan(
    _ graph: Graph, _ options: CompileOptions, inspection: Inspection? = nil
  ) throws(BackendError) -> Plan {
    let planner = Planner(traits: traits, options, tuning: tuning, inspection: inspection)
    let plan = try planner.plan(graph)
    try plan.checkIndices(largestAllocation: queue.device.maxAllocationBytes)
    return plan
  }

  /// The kernel of every launch that a graph would take, in order; nothing is built.
  package func kernels(
    of graph: Graph, _ options: CompileOptions
  ) throws(BackendError) -> [KernelName] {
    let plan = try plan(graph, options)
    let atCapacity = plan.bound { _ in plan.capacity }
    return plan.steps.flatMap { step in
      plan.calls(of: step, plan.scope(of: step, atCapacity)).map(\.kernel)
    }
  }

  /// The times of the launches since the last call, in order; none where the queue does not time.
  package func takeTimes() async throws(BackendError) -> [LaunchTime] {
    do throws(OpenCLError) {
      return try await queue.takeTimes()
    } catch {
      throw BackendError(error)
    }
  }

  /// The variants of a node in production order: the definition first.
  package func ladder(
    of node: Node, in graph: Graph, capacity: Int
  ) -> [Variant] {
    Planner.ladder(of: node, in: graph, traits, capacity: capacity)
  }
}

extension BackendError {
  /// The error of the device in the words of an engine.
  package init(_ error: OpenCLError) {
    switch error {
    case .outOfMemory: self = .outOfMemory(error.description)
    case .buildFailed(let kernel, _, let log): self = .kernel(path: kernel, log: log)
    case .functionMissing(let kernel, _): self = .kernel(path: kernel, log: error.description)
    case .source, .invalidDefine: self = .kernel(path: "kernels", log: error.description)
    case .loaderMissing, .noPlatform, .noDevice, .cacheUnusable:
      self = .unavailable(error.description)
    case .invalidLaunch(let kernel, let problem): self = .launch(kernel: kernel, reason: problem)
    case .callFailed, .deviceLost, .invalidRange: self = .device(error.description)
    }
  }
}

/// Runs a body and turns what the device says into the error of an engine.
func translating<Result>(
  _ body: () throws(OpenCLError) -> Result
) throws(BackendError) -> Result {
  do throws(OpenCLError) {
    return try body()
  } catch {
    throw BackendError(error)
  }
}
