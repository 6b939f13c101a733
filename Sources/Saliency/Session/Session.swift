import Execution
import Graphs
import Operators
import Tensors

/// How a session uses its device.
public struct SessionOptions: Sendable, Hashable {
  /// How outputs become the scores of masks.
  public var scores: ScoreFunction
  /// The masked images wanted in one forward run; memory may allow fewer.
  public var rows: Int
  /// The bytes of device memory for tensors of runs, weights and images not counted; nil: no limit.
  public var memory: Int?
  /// The arithmetic.
  public var precision: Precision
  /// The normalised value of a black pixel, for each channel; one number serves all channels.
  public var blackLevel: [Float]
  /// The normalised value of a white pixel, for each channel; one number serves all channels.
  public var whiteLevel: [Float]
  /// The seed of everything random.
  public var seed: UInt64

  /// Options.
  public init(
    scores: ScoreFunction = .softmax, rows: Int = 64, memory: Int? = nil,
    precision: Precision = .fp32, blackLevel: [Float] = SessionOptions.imageNetBlack,
    whiteLevel: [Float] = SessionOptions.imageNetWhite, seed: UInt64 = 0
  ) {
    self.seed = seed
    self.whiteLevel = whiteLevel
    self.scores = scores
    self.rows = rows
    self.memory = memory
    self.precision = precision
    self.blackLevel = blackLevel
  }

  /// Black under the mean and deviation of ImageNet: -mean / deviation.
  public static let imageNetBlack: [Float] = [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225]

  /// White under the mean and deviation of ImageNet: (1 - mean) / deviation.
  public static let imageNetWhite: [Float] = [0.515 / 0.229, 0.544 / 0.224, 0.594 / 0.225]
}

/// A network on a device with a batch of images: the probe that methods use outside tests.
///
/// Sessions are values. `with(images:)` makes one for the next batch; compiled plans, at most eight
/// of the network, are shared by both, and so are the counts. Evidence is kept per batch.
public struct Session: Probe {
  /// The network, its taps and its shapes.
  public var network: Graph { layout.graph }
  /// `[N, C, H, W]`: the images, normalised as the network expects.
  public let images: any ResidentTensor
  /// How the session uses its device.
  public let options: SessionOptions

  let layout: NetworkLayout
  let parameters: any ResidentParameters
  let formulas: Formulas
  let plans: PlanShelf<NetworkPlan>
  let counts: SessionCounts
  let memory: EvidenceMemory

  /// A session.
  /// - Parameters:
  ///   - network: one batch of images in; the first output that is a vector holds the classes.
  ///   - parameters: its weights on the device.
  ///   - images: `[N, C, H, W]` on the device.
  ///   - backend: the engine of both.
  ///   - options: how the device is used.
  /// - Throws: `ExplanationError` where the network or the images do not fit.
  public init(
    network: Graph, parameters: any ResidentParameters, images: any ResidentTensor,
    backend: any Backend, options: SessionOptions = SessionOptions()
  ) throws(ExplanationError) {
    layout = try NetworkLayout(network)
    // What expressions read beside the classes is checked when it is asked for.
    let live = (layout.hasClasses ? network.with(outputs: [layout.logits]) : network).liveness
    for node in network.nodes where live.isNeeded(node.value) {
      if backend.supports(node, in: network) { continue }
      throw .backend(.unsupported(node: network.describe(node.value)))
    }
    self.images = images
    self.parameters = parameters
    self.options = options
    self.formulas = Formulas(
      backend: backend, parameters: parameters, precision: options.precision,
      mostBytes: options.memory.map { $0 / 4 })
    self.plans = PlanShelf(
      backend: backend, precision: options.precision, mostPlans: 8,
      mostBytes: options.memory.map { $0 / 4 * 3 })
    self.counts = SessionCounts()
    self.memory = EvidenceMemory()
    try checkImages()
  }

  private init(
    _ other: Session, images: any ResidentTensor, parameters: (any ResidentParameters)? = nil
  ) {
    self.images = images
    layout = other.layout
    self.parameters = parameters ?? other.parameters
    options = other.options
    formulas = other.formulas
    plans = other.plans
    counts = other.counts
    memory = EvidenceMemory()
  }

  /// The same session with another batch of images.
  /// - Throws: `ExplanationError` where the images do not fit the network.
  public func with(images: any ResidentTensor) throws(ExplanationError) -> Session {
    let session = Session(self, images: images)
    try session.checkImages()
    return session
  }

  /// The same session of a network with other weights in the place of some; plans are shared.
  /// - Throws: `ExplanationError` where a weight is unknown or its shape differs.
  public func replacing(
    _ weights: [ParameterName: HostTensor<Float>]
  ) async throws(ExplanationError) -> Session {
    let parameters = try await engine { () async throws(BackendError) in
      try await self.parameters.replacing(weights.mapValues { HostWeights($0) })
    }
    return Session(self, images: images, parameters: parameters)
  }

  /// What was run so far, in all sessions that share the plans of this one.
  public var statistics: SessionStatistics {
    get async { await counts.statistics }
  }

  /// The normalised value of a black pixel, for each channel.
  public var blackLevel: [Float] { level(options.blackLevel) }

  /// The normalised value of a white pixel, for each channel.
  public var whiteLevel: [Float] { level(options.whiteLevel) }

  /// The seed of everything random.
  public var seed: UInt64 { options.seed }

  private func level(_ levels: [Float]) -> [Float] {
    (0..<layout.imageShape[1]).map { levels.isEmpty ? 0 : levels[$0 % levels.count] }
  }

  /// Puts a small tensor on the device.
  /// - Throws: `ExplanationError` where the engine fails.
  public func upload(
    _ tensor: HostTensor<Float>
  ) async throws(ExplanationError) -> any ResidentTensor {
    try await formulas.upload(tensor)
  }

  /// Rows of a tensor in any order, repeated where asked.
  /// - Throws: `ExplanationError` where the engine fails.
  public func take(
    _ rows: [Int], of tensor: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor {
    try await formulas.take(rows, of: tensor)
  }

  /// Entries of a table, `[R, ..., rest]`: an index `[R, ..., k]` names the first k axes.
  /// - Throws: `ExplanationError` where the engine fails.
  public func gather(
    _ index: HostTensor<Float>, from table: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor {
    try await formulas.gather(index, from: table)
  }

  /// The sum of the masks of fields under weights `[T, M]`: maps `[T, 1, H, W]`.
  /// - Throws: `ExplanationError` where the engine fails.
  public func merge(
    _ field: MaskField, weights: any ResidentTensor, fields: [Int]?,
    size: (height: Int, width: Int)
  ) async throws(ExplanationError) -> any ResidentTensor {
    try await formulas.merge(field, weights: weights, fields: fields, size: size)
  }

  /// A small formula over resident tensors of the same rows, compiled once.
  /// - Throws: `ExplanationError` where the formula does not fit or the engine fails.
  public func compute(
    _ inputs: [any ResidentTensor],
    _ body: @Sendable (inout GraphBuilder, [Value]) throws(GraphError) -> [Value]
  ) async throws(ExplanationError) -> [any ResidentTensor] {
    try await formulas.compute(inputs, body)
  }

  private func checkImages() throws(ExplanationError) {
    guard images.shape.rank == 4, images.shape.row == layout.imageShape.row, images.shape[0] > 0
    else {
      throw .backend(
        .mismatch("images \(images.shape) for a network that takes \(layout.imageShape.row)"))
    }
  }
}

/// What a plan of the network is kept under.
enum NetworkPlan: Hashable, Sendable {
  case evidence(EvidenceStructure)
  case masked(MaskedStructure)
  case tail(TailStructure)
  case besides(TailStructure)
}

/// What a session has run so far.
public struct SessionStatistics: Sendable, Hashable {
  /// The most masked images in a forward run, as last used; 0 before the first.
  public var capacity = 0
  /// Masked images that went through the network.
  public var maskedRows = 0
  /// Forward runs that they took.
  public var maskedRuns = 0
  /// Images that went from a layer to the outputs.
  public var tailRows = 0
  /// Runs that they took.
  public var tailRuns = 0
  /// Clean images that went forward, one for each pass.
  public var cleanForwards = 0
  /// Backward passes, one for each target.
  public var backwards = 0

  /// Nothing yet.
  public init() {}

  /// What both ran; the capacity is that of the later one.
  package func adding(_ later: SessionStatistics) -> SessionStatistics {
    var sum = later
    sum.maskedRows += maskedRows
    sum.maskedRuns += maskedRuns
    sum.tailRows += tailRows
    sum.tailRuns += tailRuns
    sum.cleanForwards += cleanForwards
    sum.backwards += backwards
    return sum
  }
}

/// The counts that sessions share.
actor SessionCounts {
  private(set) var statistics = SessionStatistics()

  func add(_ change: @Sendable (inout SessionStatistics) -> Void) {
    change(&statistics)
  }
}
