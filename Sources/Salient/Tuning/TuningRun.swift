import Execution
import Graphs
import Jobs
import KernelLibrary
import Models
import OpenCLBackend
import OpenCLRuntime
import Saliency

/// Finds the fastest kernel sizes of networks on a device and stores them for later runs.
///
/// ```swift
/// let device = try DeviceInUse.open(.automatic, cacheFolder: folder, profiling: true)
/// var run = try TuningRun(device, cacheFolder: folder)
/// try run.add(network, batch: 8)
/// let result = try await run.run { step in print(step.title) }
/// ```
public struct TuningRun: Sendable {
  /// How much is tried.
  public enum Level: String, Sendable, CaseIterable {
    /// The best eight sizes of each step.
    case rapid
    /// The same, in the word of `bench` and `verify`.
    case quick
    /// All sizes.
    case normal
    /// All sizes, with more runs.
    case heavy

    fileprivate var effort: Tuner.Level {
      switch self {
      case .rapid, .quick: .rapid
      case .normal: .normal
      case .heavy: .heavy
      }
    }
  }

  private let device: DeviceInUse
  private let backend: OpenCLBackend
  private let store: TuningStore
  private let origin: TuningTable.Origin
  private let operators: [String]
  private let level: Level
  private var tasks: [TuningTask] = []

  /// A run without steps.
  /// - Parameters:
  ///   - device: opened with `profiling`.
  ///   - cacheFolder: the folder that the device was opened with; tiles are stored below it.
  ///   - operators: names of operators; empty for all.
  ///   - level: how much is tried.
  /// - Throws: `Failure` where the device is the reference or the folder cannot be written.
  public init(
    _ device: DeviceInUse, cacheFolder: String, operators: [String] = [], level: Level = .normal
  ) throws(Failure) {
    guard let backend = device.backend as? OpenCLBackend else {
      throw Failure(
        .usage, "--device reference", "has no kernels to tune", try: "name another device")
    }
    precondition(backend.queue.isProfiling, "the device is opened with profiling")
    self.device = device
    self.backend = backend
    self.operators = operators
    self.level = level
    store = TuningStore(folder: "\(cacheFolder)/tuning")
    origin = TuningTable.Origin(
      device: DeviceSignature(backend.queue.device), backend.traits)
    do throws(CacheFile.Refusal) {
      try store.checkWritable()
    } catch {
      throw Self.failure(error)
    }
  }

  /// The file that the tiles are stored in.
  public var file: String { origin.device.map(store.file(of:)) ?? store.folder }

  /// The steps to try so far, equal ones counted once.
  public var stepCount: Int { tasks.count }

  /// Adds the steps of a network's forward pass that have sizes to choose from.
  /// - Throws: `Failure` where the device cannot run it.
  public mutating func add(_ network: Network, batch: Int) throws(Failure) {
    try add(network.graph.with(outputs: [network.logits.value]), batch: batch)
  }

  /// Adds the convolutions of common networks.
  /// - Throws: `Failure` where the device cannot run one.
  public mutating func addStandardLayers(batch: Int) throws(Failure) {
    for layer in StandardLayers.all {
      let graph: Graph
      do throws(GraphError) {
        graph = try layer.graph()
      } catch {
        throw Failure(.ours, "a standard layer", "\(error)")
      }
      try add(graph, batch: batch)
    }
  }

  private mutating func add(_ graph: Graph, batch: Int) throws(Failure) {
    let found: [TuningTask]
    do throws(BackendError) {
      found = try backend.tuningTasks(graph, CompileOptions(capacity: batch))
    } catch {
      throw Failure(error, device: device.name)
    }
    for task in found
    where (operators.isEmpty || operators.contains(task.key.operatorName))
      && !tasks.contains(where: { $0.key == task.key })
    {
      tasks.append(task)
    }
  }

  /// Tries all steps; what won is stored step by step, so that a run cut short loses nothing.
  /// - Parameter report: told about each step as it is known.
  /// - Returns: every step, in order.
  /// - Throws: `Failure` where the device cannot go on or the file cannot be written.
  public func run(_ report: (TunedStep) -> Void) async throws(Failure) -> [TunedStep] {
    let tuner = Tuner(backend: backend, level: level.effort)
    var steps: [TunedStep] = []
    for task in tasks {
      let outcome: TuningOutcome
      do throws(BackendError) {
        outcome = try await tuner.tune(task)
      } catch {
        throw Failure(error, device: device.name)
      }
      try save(outcome)
      let step = TunedStep(outcome)
      report(step)
      steps.append(step)
    }
    return steps
  }

  private func save(_ outcome: TuningOutcome) throws(Failure) {
    let entry: TuningTable.Entry?
    do throws(KernelLibraryError) {
      entry = try outcome.entry(backend.queue.library)
    } catch {
      throw Failure(.missing, "--kernels", error.description)
    }
    do throws(CacheFile.Refusal) {
      try store.save(
        entry.map { [$0] } ?? [], dropping: [outcome.task.key], origin: origin)
    } catch {
      throw Self.failure(error)
    }
  }

  private static func failure(_ refusal: CacheFile.Refusal) -> Failure {
    Failure(
      .inputOutput, refusal.path, "cannot be written: \(refusal.reason)",
      try: "make it writable, or set XDG_CACHE_HOME to another folder")
  }
}
