import Execution
import Graphs
import Tensors

/// Both halves of a step, ready to run.
package struct CompiledStep: Sendable {
  /// What a batch gives, on the device.
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
  /// The network in training form.
  let form: TrainingForm
  let backend: any Backend
  private let learning: any Executable
  private let updating: any Executable

  /// Compiles the step of a network for batches up to a size.
  /// - Throws: `TrainingError` where the network cannot be trained or the engine fails.
  package init(
    _ network: Graph, _ options: TrainingOptions, capacity: Int, on backend: any Backend
  ) async throws(TrainingError) {
    self.backend = backend
    let trained = try options.trained(of: network)
    let step: StepGraph
    let rest: UpdateGraph
    do throws(GraphError) {
      form = try TrainingForm(
        network, trained: trained, dropouts: options.dropouts, seed: options.seed)
      step = try StepGraph(form, trained: trained, smoothing: options.smoothing)
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
        try await backend.compile(step.graph, CompileOptions(capacity: capacity)),
        try await backend.compile(rest.graph, CompileOptions(capacity: 1, donated: [0]))
      )
    }
  }

  /// What the training form takes.
  func inputs(
    _ images: any ResidentTensor, labels: [Float], samples: [Float]
  ) async throws(BackendError) -> [any ResidentTensor] {
    let columns = [labels, samples].map { HostTensor([$0.count, 1], $0) }
    return [images, try await backend.upload(columns[0]), try await backend.upload(columns[1])]
  }

  /// The fewest images of a batch.
  var fewestRows: Int { form.fewestRows }

  /// The bytes of device memory that activations and gradients take.
  var byteCount: Int { learning.byteCount + updating.byteCount }

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

  /// Loss, logits and gradients of a batch.
  /// - Throws: `TrainingError.backend` where the batch does not fit or the device fails.
  package func gradients(
    _ images: any ResidentTensor, labels: [Float], samples: [Float],
    _ parameters: any ResidentParameters
  ) async throws(TrainingError) -> Gradients {
    try await engine { () async throws(BackendError) in
      let inputs = try await self.inputs(images, labels: labels, samples: samples)
      let outputs = try await learning.run(inputs, parameters)
      return Gradients(
        loss: outputs[0], logits: outputs[1], gradient: outputs[2],
        statistics: outputs.count > 3 ? outputs[3] : nil)
    }
  }

  /// The state behind a step; that before it is gone.
  func update(
    _ state: State, _ learned: Gradients, rate: Float, step: Int,
    _ parameters: any ResidentParameters
  ) async throws(TrainingError) -> State {
    try await engine { () async throws(BackendError) in
      var inputs = [
        state.weights, learned.gradient, try await backend.upload(HostTensor([1], [rate])),
        try await backend.upload(HostTensor([1], [Float(step)])),
      ]
      inputs += [state.statistics, learned.statistics].compactMap { $0 }
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
