import Execution
import Graphs
import Tensors

/// Both halves of a step, ready to run.
package struct CompiledStep: Sendable {
  /// What a batch, or a part of one, gives, on the device.
  package struct Gradients: Sendable {
    /// The loss, `[1, 1]`.
    package let loss: any ResidentTensor
    /// The logits, `[N, K]`.
    package let logits: any ResidentTensor
    /// In an arena, `[P]`.
    package let gradient: any ResidentTensor
    /// The statistics of the batch in an arena; nil where no normalisation learns.
    package let statistics: (any ResidentTensor)?
  }

  /// What learns, on the device.
  struct State: Sendable {
    /// The weights in row 0, and what the optimiser remembers.
    var weights: any ResidentTensor
    /// The running statistics; nil where none learn.
    var statistics: (any ResidentTensor)?
  }

  /// Where the gradient of each parameter that learns lies.
  package let parameters: ParameterArena
  /// Where the statistics lie; nil where no normalisation learns.
  package let statistics: ParameterArena?
  /// The network in training form, by the statistics of a rank's own rows.
  let form: TrainingForm
  let backend: any Backend
  /// Those who learn together.
  let ranks: Ranks
  /// Whether statistics are those of all ranks.
  private let sharesStatistics: Bool
  private let learning: StagedExecutable
  private let updating: any Executable

  /// Compiles the step of a network for batches up to a size.
  /// - Throws: `TrainingError` where the network cannot be trained or the engine fails.
  package init(
    _ network: Graph, _ options: TrainingOptions, capacity: Int, on backend: any Backend,
    with ranks: Ranks = Ranks()
  ) async throws(TrainingError) {
    self.backend = backend
    self.ranks = ranks
    sharesStatistics = options.sharesStatistics && ranks.count > 1
    let trained = try options.trained(of: network)
    let step: StepGraph
    let stages: StagedGraph
    let rest: UpdateGraph
    do throws(GraphError) {
      form = try TrainingForm(
        network, trained: trained, dropouts: options.dropouts, seed: options.seed)
      let shared =
        try sharesStatistics
        ? TrainingForm(
          network, trained: trained, dropouts: options.dropouts, seed: options.seed,
          isShared: true) : form
      step = try StepGraph(shared, trained: trained, smoothing: options.smoothing)
      stages = try StagedGraph(step.graph)
      rest = try UpdateGraph(
        options.optimizer, clipping: options.clipping, momentum: options.statisticsMomentum,
        parameters: step.parameters.count, statistics: step.statistics?.count)
    } catch {
      throw .graph(error)
    }
    parameters = step.parameters
    statistics = step.statistics
    (learning, updating) = try await engine { () async throws(BackendError) in
      (
        try await StagedExecutable(stages, capacity: capacity, on: backend),
        try await backend.compile(rest.graph, CompileOptions(capacity: 1, donated: [0]))
      )
    }
  }

  /// What the training form takes.
  func inputs(
    _ images: any ResidentTensor, labels: [Float], samples: [Float], total: Int
  ) async throws(BackendError) -> [any ResidentTensor] {
    let columns = [labels, samples].map { HostTensor([$0.count, 1], $0) }
    return [
      images, try await backend.upload(columns[0]), try await backend.upload(columns[1]),
      try await backend.upload(HostTensor([1], [Float(total)])),
    ]
  }

  /// The fewest images that statistics are taken of.
  var fewestRows: Int { form.fewestRows }

  /// The fewest images of a part that has any.
  var fewestOwnRows: Int { sharesStatistics ? 1 : fewestRows }

  /// The bytes of device memory that activations and gradients take.
  package var byteCount: Int { learning.byteCount + updating.byteCount }

  /// Puts what learns on the device.
  func upload(
    weights: HostTensor<Float>, statistics: HostTensor<Float>?
  ) async throws(TrainingError) -> State {
    try await engine { () async throws(BackendError) in
      var state = State(weights: try await backend.upload(weights))
      if let statistics { state.statistics = try await backend.upload(statistics) }
      return state
    }
  }

  /// Lets everybody who shares the parameters see what was learned.
  func publish(_ state: State, to parameters: any ResidentParameters) async throws(TrainingError) {
    try await engine { () async throws(BackendError) in
      try await parameters.replace(self.parameters.offsets, with: state.weights)
      if let statistics, let values = state.statistics {
        try await parameters.replace(statistics.offsets, with: values)
      }
    }
  }

  /// Loss, logits and gradients of a batch, or what a part of one adds to those.
  /// - Parameters:
  ///   - images: `[N, C, H, W]`.
  ///   - labels: the class of each.
  ///   - samples: the numbers of the rows.
  ///   - total: the rows of all parts of the step; nil where these are all.
  ///   - parameters: the weights.
  /// - Returns: what of a part adds up with that of the others to what a batch gives.
  /// - Throws: `TrainingError` where the batch does not fit or the device fails.
  package func gradients(
    _ images: any ResidentTensor, labels: [Float], samples: [Float], total: Int? = nil,
    _ parameters: any ResidentParameters
  ) async throws(TrainingError) -> Gradients {
    let inputs = try await engine { () async throws(BackendError) in
      try await self.inputs(
        images, labels: labels, samples: samples, total: total ?? labels.count)
    }
    let outputs = try await learning.run(inputs, parameters, with: ranks)
    return Gradients(
      loss: outputs[0], logits: outputs[1], gradient: outputs[2],
      statistics: outputs.count > 3 ? outputs[3] : nil)
  }

  /// The place of a rank without rows in what the others do for their gradients.
  func standAside() async throws(TrainingError) { try await learning.addNothing(with: ranks) }

  /// The state behind a step; that before it is gone.
  func update(
    _ state: State, gradient: any ResidentTensor, statistics: (any ResidentTensor)?, rate: Float,
    step: Int, _ parameters: any ResidentParameters
  ) async throws(TrainingError) -> State {
    try await engine { () async throws(BackendError) in
      var inputs = [
        state.weights, gradient, try await backend.upload(HostTensor([1], [rate])),
        try await backend.upload(HostTensor([1], [Float(step)])),
      ]
      inputs += [state.statistics, statistics].compactMap { $0 }
      let outputs = try await updating.run(inputs, parameters)
      return State(weights: outputs[0], statistics: outputs.count > 1 ? outputs[1] : nil)
    }
  }
}

/// Runs a body and turns the engine's error into that of training.
func engine<Result>(
  _ body: () async throws(BackendError) -> Result
) async throws(TrainingError) -> Result {
  do { return try await body() } catch { throw .backend(error) }
}
