import Evaluation
import Execution
import Graphs
import Operators
import Saliency
import Tensors

/// Explains and measures batches of images on one device.
actor BatchEvaluator {
  private let evaluation: EvaluationJob
  private let sessions: SizedSessions
  /// For each metric; nil where it measures the classes of objects.
  private let wanted: [[TargetRequest]?]

  private var job: Job { evaluation.job }

  init(_ evaluation: EvaluationJob) throws(Failure) {
    self.evaluation = evaluation
    sessions = SizedSessions(evaluation.job.engine)
    var wanted: [[TargetRequest]?] = []
    for metric in evaluation.metrics { wanted.append(try evaluation.wanted(metric)) }
    self.wanted = wanted
  }

  /// What ran so far.
  var statistics: SessionStatistics? {
    get async { await sessions.statistics }
  }

  /// Measures images, in pieces where memory is short.
  func outcomes(
    of batch: [InputReader.Reading], atMost size: Int
  ) async -> (outcomes: [EvaluationOutcome], failure: Failure?, batchSize: Int) {
    await sessions.inPieces(batch, atMost: size) { piece throws(Failure) in
      try await self.outcomes(of: piece)
    }
  }

  /// The outcomes of one piece; an image that cannot be read fails alone.
  private func outcomes(
    of piece: [InputReader.Reading]
  ) async throws(Failure) -> [EvaluationOutcome] {
    var outcomes: [String: EvaluationOutcome] = [:]
    var images: [(input: Input, image: PreparedImage)] = []
    for reading in piece {
      switch reading.image {
      case .success(let image): images.append((reading.input, image))
      case .failure(let failure):
        outcomes[reading.input.name] = EvaluationOutcome(
          input: reading.input, failures: [failure], isUnusable: true)
      }
    }
    var sizes: [Shape] = []
    for image in images where !sizes.contains(image.image.tensor.shape) {
      sizes.append(image.image.tensor.shape)
    }
    for size in sizes {
      let group = images.filter { $0.image.tensor.shape == size }
      for outcome in try await self.outcomes(of: group, size) {
        outcomes[outcome.input.name] = outcome
      }
    }
    return piece.compactMap { outcomes[$0.input.name] }
  }

  /// The outcomes of images of one size; one that the network does not take ends nothing else.
  private func outcomes(
    of images: [(input: Input, image: PreparedImage)], _ size: Shape
  ) async throws(Failure) -> [EvaluationOutcome] {
    let isOwnSize = size != job.engine.imageShape
    do throws(Failure) {
      try await sessions.resize(to: size)
      do throws(ExplanationError) {
        let session = try await sessions.session(for: images.map(\.image.tensor))
        return try await measure(images, in: session)
      } catch {
        throw Failure(error, engine: job.engine)
      }
    } catch  where isOwnSize && (error.kind == .content || error.isShortage && images.count == 1) {
      return images.map { image in
        EvaluationOutcome(
          input: image.input, failures: [error.at(image.input.source)], isUnusable: true)
      }
    }
  }

  /// Measures every kind of map by every metric.
  private func measure(
    _ images: [(input: Input, image: PreparedImage)], in session: Session
  ) async throws(ExplanationError) -> [EvaluationOutcome] {
    var batch = try await EvaluationBatch(
      evaluation, images, wanted: wanted, outputs: outputs(of: images.count, in: session))
    guard !batch.targets.isEmpty else { return batch.outcomes([], evaluation) }
    if evaluation.maps == nil { try await job.shareEvidence(batch.targets, in: session) }
    var found: [[MeasuredMetric]] = []
    for source in sources {
      try await found.append(measure(source, &batch, in: session))
    }
    for metric in evaluation.metrics.indices {
      let compared = evaluation.metrics[metric].metric.compared(
        found.map { $0[metric].aligned(to: batch.wants[metric]) })
      for (kind, measurements) in compared.enumerated() {
        found[kind][metric].replace(measurements, of: batch.wants[metric])
      }
    }
    return batch.outcomes(found, evaluation)
  }

  /// `[N, K]`: the outputs of the clean images; nil where the network has no classes.
  private func outputs(
    of count: Int, in session: Session
  ) async throws(ExplanationError) -> HostTensor<Float>? {
    guard job.engine.outputCount > 0 else { return nil }
    let targets = (0..<count).map { Target(image: $0, choice: .top(1)) }
    let views = try await session.views(for: targets, activations: [])
    return try await download(views.outputs)
  }

  /// Maps of one kind for all targets of a batch.
  private struct Kind: Sendable {
    let kind: MapKind
    let maps: any ResidentTensor
    var attributions: (any ResidentTensor)?
    var maker: Maker?
    /// Why a target has no map.
    var failures: [Int: Failure] = [:]
    /// Finished maps at their own size.
    var own: [Int: HostTensor<Float>] = [:]
  }

  private enum Source: Sendable {
    case method(MethodRequest, LayerRequest)
    case files(MapKind)
  }

  private var sources: [Source] {
    if let maps = evaluation.maps { return maps.kinds.map { .files($0) } }
    return job.methods.flatMap { method in
      job.layers(of: method).map { .method(method, $0) }
    }
  }

  private func measure(
    _ source: Source, _ batch: inout EvaluationBatch, in session: Session
  ) async throws(ExplanationError) -> [MeasuredMetric] {
    let made: Kind
    switch source {
    case .method(let method, let layer):
      made = try await explain(method, layer, batch.targets, in: session)
    case .files(let kind): made = try await read(kind, batch, in: session)
    }
    for (target, failure) in made.failures { batch.note(failure, at: target) }
    var shared: [[Int]: Subjects] = [:]
    var all: [MeasuredMetric] = []
    for (place, metric) in evaluation.metrics.enumerated() {
      let wants = batch.wants(of: place, except: Set(made.failures.keys))
      var measured = MeasuredMetric(kind: made.kind)
      if !wants.isEmpty {
        let rows = wants.map(\.target)
        let subjects =
          if let known = shared[rows] { known } else {
            try await subjects(rows, made, batch, in: session)
          }
        shared[rows] = subjects
        let values = try await metric.metric.measure(subjects, with: session)
        measured.take(values, of: wants)
      }
      all.append(measured)
    }
    return all
  }

  private func subjects(
    _ rows: [Int], _ made: Kind, _ batch: EvaluationBatch, in session: Session
  ) async throws(ExplanationError) -> Subjects {
    let isAll = rows == Array(batch.targets.indices)
    var attributions: (any ResidentTensor)?
    if let all = made.attributions {
      attributions = isAll ? all : try await session.take(rows, of: all)
    }
    return Subjects(
      targets: rows.map { batch.targets[$0] },
      maps: isAll ? made.maps : try await session.take(rows, of: made.maps),
      attributions: attributions, maker: made.maker,
      pictures: rows.map { row in
        var picture = batch.pictures[row]
        picture.map = made.own[row]
        return picture
      })
  }

  /// The maps of a method; one that holds NaN or infinity is a failure of its image.
  private func explain(
    _ method: MethodRequest, _ layer: LayerRequest, _ targets: [Target], in session: Session
  ) async throws(ExplanationError) -> Kind {
    let maker = Maker(method.explainer, at: layer.parts.map { LayerName($0.tensor) })
    let explanation = try await method.explainer.explain(
      targets, at: maker.layers, with: session)
    let summaries = try await explanation.summaries()
    var kind = Kind(
      kind: MapKind(method: method.name, layer: layer.name),
      maps: try await flat(explanation.maps, in: session), maker: maker)
    if method.explainer.gradientDisplay != nil, let raw = explanation.raw, raw.shape.rank == 4,
      raw.shape[1] == session.images.shape[1],
      raw.shape.row == session.images.shape.row
    {
      kind.attributions = raw
    } else if explanation.maps.shape[1] > 1 {
      kind.attributions = explanation.maps
    }
    for (target, summary) in summaries.enumerated() {
      guard let error = summary.error else { continue }
      kind.failures[target] = Failure(error, engine: job.engine)
    }
    return kind
  }

  /// `[T, 1, H, W]`: magnitudes summed over colours, where a map has several.
  private func flat(
    _ maps: any ResidentTensor, in session: Session
  ) async throws(ExplanationError) -> any ResidentTensor {
    guard maps.shape[1] > 1 else { return maps }
    return try await session.compute([maps]) { (builder, inputs) throws(GraphError) in
      let negative = try builder.add(Multiply(), [inputs[0], builder.constant(-1)])
      let sides = try (builder.add(ReLU(), [inputs[0]]), builder.add(ReLU(), [negative]))
      let magnitude = try builder.add(Add(), [sides.0, sides.1])
      return [try builder.add(ReduceSum(axes: [1], keepsAxes: true), [magnitude])]
    }[0]
  }

  /// Finished maps from files, at their own size and brought to that of the network.
  private func read(
    _ kind: MapKind, _ batch: EvaluationBatch, in session: Session
  ) async throws(ExplanationError) -> Kind {
    let (height, width) = (session.images.shape[2], session.images.shape[3])
    var elements: [Float] = []
    elements.reserveCapacity(batch.targets.count * height * width)
    var failures: [Int: Failure] = [:]
    var own: [Int: HostTensor<Float>] = [:]
    for target in batch.targets.indices {
      let (input, image) = batch.images[batch.targets[target].image]
      do throws(Failure) {
        let map = try evaluation.maps?.map(
          kind, of: input, classIndex: batch.pictures[target].classIndex)
        guard let map else { throw Failure(.missing, input.source, "has no map") }
        own[target] = try map.overRegion(of: image.facts)
        elements += MapSampling.resized(own[target] ?? map.tensor, height: height, width: width)
      } catch {
        failures[target] = error
        elements += [Float](repeating: 0, count: height * width)
      }
    }
    let maps = try await session.upload(
      HostTensor([batch.targets.count, 1, height, width], elements))
    return Kind(kind: kind, maps: maps, failures: failures, own: own)
  }

  private func download(
    _ tensor: any ResidentTensor
  ) async throws(ExplanationError) -> HostTensor<Float> {
    do throws(BackendError) {
      return try await tensor.download()
    } catch {
      throw .backend(error)
    }
  }
}
