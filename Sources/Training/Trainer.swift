import Execution
import Graphs
import Jobs
import Tensors

/// A network that learns, batch by batch.
///
/// Weights, statistics and what the optimiser remembers stay on the device and change in place.
/// `parameters` are the very weights: whoever runs another graph with them, that of inference say, sees
/// what was learned so far. Steps must not overlap.
public actor Trainer {
  /// The weights, learned ones included.
  public nonisolated let parameters: any ResidentParameters
  /// The steps done.
  public private(set) var stepCount = 0
  /// The rows of all batches so far: the samples of dropouts.
  public private(set) var sampleCount = 0
  /// The most rows of a part.
  public nonisolated let capacity: Int

  nonisolated let compiled: CompiledStep
  nonisolated let classCount: Int
  private nonisolated let stateRows: Int
  private var state: CompiledStep.State

  /// A network to be trained.
  /// - Parameters:
  ///   - network: as inference has it: one input, images; the first output are the logits `[N, K]`.
  ///   - weights: one source for each parameter.
  ///   - options: how it learns.
  ///   - capacity: the most rows of a part.
  ///   - backend: where.
  ///   - ranks: those who learn together, from parts of each step.
  /// - Throws: `TrainingError` where the network cannot be trained or does not fit the device.
  public init(
    _ network: Graph, _ weights: [ParameterName: any WeightSource],
    options: TrainingOptions = TrainingOptions(), capacity: Int, on backend: any Backend,
    with ranks: Ranks = Ranks()
  ) async throws(TrainingError) {
    compiled = try await CompiledStep(
      network, options, capacity: capacity, on: backend, with: ranks)
    parameters = try await engine { () async throws(BackendError) in
      try await backend.upload(weights)
    }
    self.capacity = capacity
    classCount = network[network.outputs[0]].shape[1]
    stateRows = options.optimizer.stateRows
    let start = try compiled.parameters.vector(weights)
    let memory = [Float](repeating: 0, count: (stateRows - 1) * start.elements.count)
    state = try await compiled.upload(
      weights: HostTensor([stateRows, start.elements.count], start.elements + memory),
      statistics: try compiled.statistics?.vector(weights))
    try await compiled.publish(state, to: parameters)
  }

  /// The trainer of a network for images of another size, in the place of this one: it goes on where
  /// this one is and has the same `parameters`.
  /// - Parameters:
  ///   - network: with parameters of the same names and shapes.
  ///   - options: how it learns; as before but for what belongs to the network.
  ///   - capacity: the most rows of a part.
  ///   - backend: the engine of this trainer.
  ///   - ranks: those who learn together.
  ///   - other: the trainer so far; not to be used any more.
  /// - Throws: `TrainingError` where the network is another one or does not fit the device.
  public init(
    _ network: Graph, options: TrainingOptions, capacity: Int, on backend: any Backend,
    with ranks: Ranks, inPlaceOf other: Trainer
  ) async throws(TrainingError) {
    compiled = try await CompiledStep(
      network, options, capacity: capacity, on: backend, with: ranks)
    parameters = other.parameters
    self.capacity = capacity
    classCount = network[network.outputs[0]].shape[1]
    stateRows = options.optimizer.stateRows
    state = await other.state
    try await restore(try await other.snapshot())
  }

  /// The bytes of device memory that activations and gradients take.
  public nonisolated var byteCount: Int { compiled.byteCount }

  /// The fewest images that statistics are taken of: two where the network normalises one number a
  /// channel of an image.
  public nonisolated var fewestRows: Int { compiled.fewestRows }

  /// One step along the gradient of a batch.
  /// - Parameters:
  ///   - images: `[N, C, H, W]`, normalised, up to `capacity` of them.
  ///   - labels: the class of each.
  ///   - rate: the learning rate.
  /// - Returns: loss and logits of the batch, as they were before the step.
  /// - Throws: `TrainingError` where the batch does not fit, its loss is not finite or the device fails;
  ///   the weights are those before the step then.
  public func step(
    _ images: any ResidentTensor, labels: [Int], rate: Float
  ) async throws(TrainingError) -> Outcome {
    try await step([Part(images, labels: labels)], rate: rate)
  }

  /// One step along the gradient of a batch in parts: the mean over the rows of all parts of all ranks.
  ///
  /// Each part is normalised by its own statistics, or those of all ranks where they are shared; running
  /// statistics follow the mean of those of the parts, each by its share of the rows.
  /// - Parameters:
  ///   - parts: those of this rank, on every rank as many.
  ///   - rate: the learning rate.
  /// - Returns: loss and logits, as they were before the step.
  /// - Throws: `TrainingError` where a part does not fit, the loss is not finite, the device fails or
  ///   another rank ends; the weights are those before the step then.
  public func step(_ parts: [Part], rate: Float) async throws(TrainingError) -> Outcome {
    for part in parts { try check(part) }
    let rows = try await counts(of: parts)
    guard rows.total > 0 else { throw .batch("a step without images") }
    let own = parts.enumerated().map { round, part in
      self.rows(of: part, from: rows.start(of: round * compiled.ranks.count + compiled.ranks.rank))
    }
    let learned = try await compiled.learned(from: own, total: rows.total, parameters)
    guard learned.loss.isFinite else {
      throw .lossNotFinite(step: stepCount + 1, layer: try await firstNotFinite(own))
    }
    state = try await compiled.update(
      state, gradient: learned.gradient, statistics: learned.statistics, rate: rate,
      step: stepCount + 1, parameters)
    try await compiled.publish(state, to: parameters)
    stepCount += 1
    sampleCount += rows.total
    return Outcome(
      step: stepCount, loss: learned.loss, rowCount: rows.total, logits: learned.logits)
  }
}

extension Trainer {
  /// All that a step depends on besides its batch and rate.
  public struct Snapshot: Sendable, Hashable {
    /// The steps done.
    public var stepCount: Int
    /// The rows of all batches so far.
    public var sampleCount: Int
    /// Weights in row 0, and what the optimiser remembers.
    public var weights: HostTensor<Float>
    /// The running statistics; nil where none learn.
    public var statistics: HostTensor<Float>?
  }

  /// Everything that changes from step to step, to go on from later with the same bits.
  /// - Throws: `TrainingError.backend` where the device fails.
  public func snapshot() async throws(TrainingError) -> Snapshot {
    let state = state
    let (weights, statistics) = try await engine { () async throws(BackendError) in
      (try await state.weights.download(), try await state.statistics?.download())
    }
    return Snapshot(
      stepCount: stepCount, sampleCount: sampleCount, weights: weights, statistics: statistics)
  }

  /// Goes on from a snapshot of the same network under the same options.
  /// - Throws: `TrainingError` where the snapshot is of another network or the device fails.
  public func restore(_ snapshot: Snapshot) async throws(TrainingError) {
    guard snapshot.weights.shape == [stateRows, compiled.parameters.count],
      snapshot.statistics?.shape == compiled.statistics.map({ Shape([$0.count]) })
    else { throw .otherState }
    state = try await compiled.upload(weights: snapshot.weights, statistics: snapshot.statistics)
    try await compiled.publish(state, to: parameters)
    stepCount = snapshot.stepCount
    sampleCount = snapshot.sampleCount
  }

  /// The weights and statistics that learn, by name, as they are now.
  /// - Throws: `TrainingError.backend` where the device fails.
  public func weights() async throws(TrainingError) -> [ParameterName: HostTensor<Float>] {
    weights(of: try await snapshot())
  }

  /// The weights and statistics that learn, by name, as they were.
  /// - Parameter snapshot: one of this trainer.
  /// - Returns: what `weights()` gave when it was taken.
  public nonisolated func weights(of snapshot: Snapshot) -> [ParameterName: HostTensor<Float>] {
    let weights = compiled.parameters.tensors(of: snapshot.weights)
    guard let arena = compiled.statistics, let values = snapshot.statistics else { return weights }
    return weights.merging(arena.tensors(of: values)) { $1 }
  }
}
