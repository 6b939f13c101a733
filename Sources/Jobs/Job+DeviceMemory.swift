import Imaging
import Tensors

extension Job {
  /// The most bytes of device memory that the run takes at once, counted by going through it.
  ///
  /// No file is read. Pictures of another size than the network's own take more or less than that.
  /// - Parameter engine: the job's network on an engine that counts and does not compute.
  /// - Returns: bytes; nil where the engine does not count, or cannot do what is asked for.
  public func deviceByteCount(on engine: Engine) async -> Int? {
    let job = rehearsed(on: engine)
    let explainer = BatchExplainer(job)
    for batch in job.blankBatches() {
      let done = await explainer.outcomes(of: batch, atMost: batchSize)
      guard done.failure == nil else { return nil }
    }
    return engine.backend.peakByteCount
  }

  /// The same job on another engine, used as this one is but without a limit of memory.
  fileprivate func rehearsed(on engine: Engine) -> Job {
    var job = self
    job.engine = engine
    job.engine.options = self.engine.options
    job.engine.options.memory = nil
    return job
  }

  /// The first two batches, with a blank image in the place of each: what a batch leaves behind is
  /// there when the next one begins.
  /// - Parameter size: the columns and rows of a picture; nil for those of the network.
  /// - Returns: none where the network takes no images.
  fileprivate func blankBatches(
    _ size: (Input) -> StatedSize? = { _ in nil }
  ) -> [[InputReader.Reading]] {
    let shape = engine.imageShape
    guard shape.rank == 3 else { return [] }
    let blank = HostTensor<Float>(shape, filledWith: 0)
    let readings = inputs.prefix(2 * batchSize).map { input -> InputReader.Reading in
      let stated = size(input)
      let (width, height) = (stated?.width ?? shape[2], stated?.height ?? shape[1])
      let whole = Region(x: 0, y: 0, width: Double(width), height: Double(height))
      let facts = ImageFacts(
        width: width, height: height, region: whole, isJPEG: false, canBeShown: false, notes: [])
      return (input, .success(PreparedImage(tensor: blank, facts: facts, view: nil)))
    }
    return [Array(readings.prefix(batchSize)), Array(readings.dropFirst(batchSize))]
      .filter { !$0.isEmpty }
  }
}

extension EvaluationJob {
  /// The most bytes of device memory that the run takes at once, counted by going through it.
  /// - Parameter engine: the job's network on an engine that counts and does not compute.
  /// - Returns: bytes; nil where the engine does not count, or cannot do what is asked for.
  public func deviceByteCount(on engine: Engine) async -> Int? {
    var evaluation = self
    evaluation.job = job.rehearsed(on: engine)
    guard let evaluator = try? BatchEvaluator(evaluation) else { return nil }
    for batch in job.blankBatches({ regions?.statedSize(of: $0) }) {
      let done = await evaluator.outcomes(of: batch, atMost: job.batchSize)
      guard done.failure == nil else { return nil }
    }
    return engine.backend.peakByteCount
  }
}
