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
/// try await run.add(network, method: "group-cam", batch: 8)
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

  /// Whether what wins is stored: what was measured with kernels of a folder is not.
  public var stores: Bool { device.kernelFolder == nil }

  /// The file that the tiles are stored in.
  public var file: String { origin.device.map(store.file(of:)) ?? store.folder }

  /// The steps to try so far, equal ones counted once.
  public var stepCount: Int { tasks.count }

  /// Adds the steps that have sizes to choose from, of all passes that a method makes: forward,
  /// under masks and back, with the rows that each has.
  ///
  /// A batch of noise is explained to see them.
  /// - Parameters:
  ///   - network: what is explained.
  ///   - method: with settings, `group-cam:groups=32`.
  ///   - batch: the images of a run.
  /// - Throws: `Failure` where the method does not fit the network or the device fails.
  public mutating func add(
    _ network: Network, method: String, batch: Int
  ) async throws(Failure) {
    let recorder = PlanRecorder(base: backend)
    var watched = device
    watched.backend = recorder
    let model = try await Salient.Model(network, on: watched)
    let images = try model.noise(batch: batch)
    _ = try await model.explain(images.elements, shape: images.shape.extents, method: method)
    for plan in await recorder.record.plans { try add(plan.graph, plan.options) }
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
      try add(graph, CompileOptions(capacity: batch))
    }
  }

  private mutating func add(_ graph: Graph, _ options: CompileOptions) throws(Failure) {
    let found: [TuningTask]
    do throws(BackendError) {
      found = try backend.tuningTasks(graph, options)
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

  /// Checks that every operator that was asked for is in a step.
  /// - Throws: `Failure` that names the first one that is not.
  public func checkOperators() throws(Failure) {
    for name in operators where !tasks.contains(where: { $0.key.operatorName == name }) {
      throw Failure(
        .usage, "--op \(name)", "no step of it has sizes to choose from in what is tuned",
        try: "salient bench MODEL --plan lists the steps with their tiles")
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
      if stores { try save(outcome) }
      let step = TunedStep(outcome, isStored: stores)
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
