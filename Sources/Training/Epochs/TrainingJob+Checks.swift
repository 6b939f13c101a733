import Graphs
import Jobs
import Saliency

extension TrainingJob {
  /// Refuses what no step can be taken with, without a device and before a file is touched.
  /// - Throws: `Failure` where nothing learns, or a name or method does not suit the network.
  public func check() throws(Failure) {
    let network = model.blueprint.graph
    do throws(TrainingError) {
      _ = try options.trained(of: network)
    } catch {
      throw Failure(error, trainedOn: backend.name)
    }
    try checkWindows()
    guard let probe else { return }
    do throws(ExplanationError) {
      try probe.method.explainer.check(at: probe.layer, in: network)
    } catch {
      throw Failure(.usage, "--probe", error.description, try: "leave it out, or a larger --size")
    }
  }

  /// The bytes of device memory that steps and validation take, roughly; what makes maps is not
  /// counted.
  ///
  /// Weights lie there as the optimiser remembers them, and twice more as kernels read them.
  /// - Throws: `Failure` where the network cannot be trained.
  public func predictedDeviceByteCount() throws(Failure) -> Int {
    let network = model.blueprint.graph
    let step: StepGraph
    do throws(TrainingError) {
      let trained = try options.trained(of: network)
      step = try StepGraph(network, trained, options)
    } catch {
      throw Failure(error, trainedOn: backend.name)
    }
    let weights = network.parameters.reduce(0) { $0 + $1.shape.elementCount }
    let state = options.optimizer.stateRows * step.parameters.count + 2 * weights
    let learning = step.graph.peakElementCount(rows: min(batchSize, training.set.samples.count))
    let judging = network.peakElementCount(rows: min(batchSize, validation.set.samples.count))
    // The images of a step, and those of the next one, which are put there meanwhile.
    let images = 2 * accumulation * capacity * training.imageShape.elementCount
    return 4 * (state + learning + judging + images)
  }
}

extension StepGraph {
  /// The step of a network under the options of a run.
  fileprivate init(
    _ network: Graph, _ trained: Set<ParameterName>, _ options: TrainingOptions
  ) throws(TrainingError) {
    do throws(GraphError) {
      let form = try TrainingForm(
        network, trained: trained, dropouts: options.dropouts, seed: options.seed)
      self = try StepGraph(form, trained: trained, smoothing: options.smoothing)
    } catch {
      throw .graph(error)
    }
  }
}
