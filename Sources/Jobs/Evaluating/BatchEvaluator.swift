import Evaluation
import Execution
import Graphs
import Operators
import Saliency
import Tensors

/// Explains and measures batches of images on one device.
actor BatchEvaluator {
  let evaluation: EvaluationJob
  private let sessions: SizedSessions
  /// For each metric; nil where it measures the classes of objects.
  private let wanted: [[TargetRequest]?]

  var job: Job { evaluation.job }

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
        outcomes[reading.input.name] = unusable(reading.input, failure)
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
      return images.map { unusable($0.input, error.at($0.input.source)) }
    }
  }

  private func unusable(_ input: Input, _ failure: Failure) -> EvaluationOutcome {
    var outcome = EvaluationOutcome(input, failures: [failure], evaluation)
    outcome.isUnusable = true
    return outcome
  }

  /// The most targets whose maps are on the device at a time.
  private static let mostTargets = 64

  /// Measures every kind of map by every metric.
  private func measure(
    _ images: [(input: Input, image: PreparedImage)], in session: Session
  ) async throws(ExplanationError) -> [EvaluationOutcome] {
    var batch = try await EvaluationBatch(
      evaluation, images, wanted: wanted, outputs: outputs(of: images.count, in: session))
    var found = sources.map { _ in evaluation.metrics.map { _ in MeasuredMetric() } }
    for piece in batch.pieces(of: Self.mostTargets) {
      if evaluation.maps == nil {
        try await job.shareEvidence(piece.map { batch.targets[$0] }, in: session)
      }
      for (kind, source) in sources.enumerated() {
        try await measure(source, piece, &batch, into: &found[kind], in: session)
      }
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
    return try await engine { () async throws(BackendError) in
      try await views.outputs.download()
    }
  }

  private enum Source: Sendable {
    case method(MethodRequest, LayerRequest)
    case files(MapKind)
  }

  /// What the kinds of maps come from, in their order.
  private var sources: [Source] {
    if let maps = evaluation.maps { return maps.kinds.map { .files($0) } }
    return job.methods.flatMap { method in
      job.layers(of: method).map { .method(method, $0) }
    }
  }

  /// Measures the maps of one source for some targets; what only this source or a metric of it
  /// cannot do is noted, and the others go on.
  private func measure(
    _ source: Source, _ piece: [Int], _ batch: inout EvaluationBatch,
    into found: inout [MeasuredMetric], in session: Session
  ) async throws(ExplanationError) {
    let made: Kind
    do throws(ExplanationError) {
      switch source {
      case .method(let method, let layer):
        made = try await explain(
          method, layer, piece.map { batch.targets[$0] }, in: session)
      case .files(let kind): made = try await read(kind, piece, batch, in: session)
      }
    } catch {
      try note(error, piece, &batch)
      return
    }
    for (place, failure) in made.failures { batch.note(failure, at: piece[place]) }
    let lost = Set(made.failures.keys.map { piece[$0] })
    var shared: [[Int]: Subjects] = [:]
    for (place, metric) in evaluation.metrics.enumerated() {
      let wants = batch.wants(of: place, among: Set(piece), except: lost)
      guard !wants.isEmpty else { continue }
      if let obstacle = metric.metric.obstacle(made.maker, in: session.network) {
        found[place].take(wants.map { _ in Measurement(nil, reason: obstacle) }, of: wants)
        continue
      }
      let rows = wants.map(\.target)
      do throws(ExplanationError) {
        let subjects =
          if let known = shared[rows] { known } else {
            try await subjects(rows, of: piece, made, batch, in: session)
          }
        shared[rows] = subjects
        let values = try await metric.metric.measure(subjects, with: session)
        found[place].take(values, of: wants)
        for (want, value) in zip(wants, values) where value.isFailed {
          batch.note(
            Failure(.content, "", "\(metric.name): \(value.reason ?? "")"), at: want.target)
        }
      } catch {
        try note(error, rows, &batch)
      }
    }
  }

  /// Notes what ends the work on some targets.
  /// - Throws: the error where it ends all work: the device is lost or full, or the user stops.
  private func note(
    _ error: ExplanationError, _ rows: [Int], _ batch: inout EvaluationBatch
  ) throws(ExplanationError) {
    switch error {
    case .backend(.unavailable), .backend(.outOfMemory), .backend(.device), .backend(.kernel),
      .backend(.launch), .backend(.weights), .backend(.cancelled):
      throw error
    default:
      let failure = Failure(error, engine: job.engine)
      for row in rows { batch.note(failure.at(""), at: row) }
    }
  }

  /// Some of the maps of a piece as subjects.
  private func subjects(
    _ rows: [Int], of piece: [Int], _ made: Kind, _ batch: EvaluationBatch, in session: Session
  ) async throws(ExplanationError) -> Subjects {
    let isAll = rows == piece
    let places = rows.compactMap { piece.firstIndex(of: $0) }
    var attributions: (any ResidentTensor)?
    if let all = made.attributions {
      attributions = isAll ? all : try await session.take(places, of: all)
    }
    return Subjects(
      targets: rows.map { batch.targets[$0] },
      maps: isAll ? made.maps : try await session.take(places, of: made.maps),
      attributions: attributions, maker: made.maker, areDerivatives: made.areDerivatives,
      pictures: zip(rows, places).map { row, place in
        var picture = batch.pictures[row]
        if let own = made.own[place] { (picture.map, picture.covered) = (own.map, own.covered) }
        return picture
      })
  }
}
