import Execution
import Graphs
import Saliency
import Tensors

/// Explains batches of images on one device; plans are shared from batch to batch.
actor BatchExplainer {
  /// What became of a batch.
  struct Explanation: Sendable {
    /// The images that were dealt with, in order.
    var outcomes: [Outcome] = []
    /// Why the run cannot go on.
    var failure: Failure?
    /// The images that fit at once.
    var batchSize: Int
  }

  private let job: Job
  private let sessions: SizedSessions

  init(_ job: Job) {
    self.job = job
    sessions = SizedSessions(job.engine)
  }

  /// What ran so far.
  var statistics: SessionStatistics? {
    get async { await sessions.statistics }
  }

  /// Explains images, in pieces where memory is short.
  func outcomes(of batch: [InputReader.Reading], atMost size: Int) async -> Explanation {
    let done = await sessions.inPieces(batch, atMost: size) { piece throws(Failure) in
      try await self.outcomes(of: piece)
    }
    return Explanation(outcomes: done.outcomes, failure: done.failure, batchSize: done.batchSize)
  }

  /// The outcomes of one piece; an image with values that are not finite fails alone.
  private func outcomes(of piece: [InputReader.Reading]) async throws(Failure) -> [Outcome] {
    var outcomes: [String: Outcome] = [:]
    var images: [Subject] = []
    for reading in piece {
      let input = reading.input
      switch reading.image {
      case .success(let image):
        let targets = job.targets.map { $0.with(truth: input.truth, in: job.context) }
        if targets.contains(where: { $0 != nil }) {
          images.append(Subject(input: input, image: image, targets: targets))
        } else {
          outcomes[input.name] = Outcome(input: input, failure: .unknownTruth(of: input))
        }
      case .failure(let failure):
        outcomes[input.name] = Outcome(input: input, failure: failure, isUnusable: true)
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
  private func outcomes(of images: [Subject], _ size: Shape) async throws(Failure) -> [Outcome] {
    let isOwnSize = size != job.engine.imageShape
    do throws(Failure) {
      try await sessions.resize(to: size)
      return try await explain(images)
    } catch  where isOwnSize && (error.kind == .content || error.isShortage && images.count == 1) {
      return images.map { image in
        Outcome(input: image.input, failure: error.at(image.input.source), isUnusable: true)
      }
    }
  }

  /// An image with the targets that are explained for it; nil where its true class is not known.
  private struct Subject: Sendable {
    let input: Input
    let image: PreparedImage
    let targets: [TargetRequest?]
  }

  private func explain(_ images: [Subject]) async throws(Failure) -> [Outcome] {
    do throws(ExplanationError) {
      return try await explain(in: sessions.session(for: images.map(\.image.tensor)), images)
    } catch {
      throw Failure(error, engine: job.engine)
    }
  }

  /// Runs every method at every layer for every target of every image.
  private func explain(
    in session: Session, _ images: [Subject]
  ) async throws(ExplanationError) -> [Outcome] {
    // A target without a class is computed for the stand-in and left out: rows stay regular.
    let targets = images.indices.flatMap { image in
      zip(images[image].targets, job.targets).map { ($0 ?? $1).target(image: image) }
    }
    try await job.shareEvidence(targets, in: session)
    var parts: [Part] = []
    for method in job.methods {
      for layer in job.layers(of: method) {
        parts.append(try await part(method, layer, targets, in: session))
      }
    }
    let evidence = try await session.evidence(Query(targets: targets))
    let outputs = try await download(evidence.outputs)
    var values: HostTensor<Float>?
    if targets.contains(where: { $0.expression != nil }), let tensor = evidence.values {
      values = try await download(tensor)
    }
    return images.indices.map { image in
      let rows = image * job.targets.count..<(image + 1) * job.targets.count
      return outcome(
        of: images[image], at: image, parts,
        job.engine.outputCount > 0
          ? outputs.rows(rows.lowerBound..<rows.lowerBound + 1).elements : [],
        values.map { $0.rows(rows).elements })
    }
  }

  /// What one method makes of the batch at one layer, or at several as one.
  private struct Part: Sendable {
    let method: MethodRequest
    let layer: LayerRequest
    let maps: HostTensor<Float>?
    let raw: HostTensor<Float>?
    let summaries: [MapSummary]
    let notes: [Note]
    let passes: [Passes]
    let milliseconds: Double
  }

  private func part(
    _ method: MethodRequest, _ layer: LayerRequest, _ targets: [Target], in session: Session
  ) async throws(ExplanationError) -> Part {
    let start = ContinuousClock.now
    let explanation = try await method.explainer.explain(
      targets, at: layer.parts.map { LayerName($0.tensor) }, with: session)
    let summaries = try await explanation.summaries()
    let maps = job.keeps.needsMaps ? try await download(explanation.maps) : nil
    var raw: HostTensor<Float>?
    if job.keeps.contains(.raw) || method.explainer.isDrawnAtOnce, let tensor = explanation.raw {
      raw = try await download(tensor)
    }
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    let elapsed = Double(seconds) * 1e3 + Double(attoseconds) / 1e15
    return Part(
      method: method, layer: layer, maps: maps, raw: raw, summaries: summaries,
      notes: explanation.notes, passes: explanation.passes,
      milliseconds: elapsed / Double(targets.count))
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

  private func outcome(
    of subject: Subject, at image: Int, _ parts: [Part], _ outputs: [Float], _ values: [Float]?
  ) -> Outcome {
    let input = subject.input
    let prediction = Prediction(outputs: outputs, scores: job.engine.options.scores)
    var outcome = Outcome(input: input, image: subject.image)
    for method in job.methods {
      for (place, target) in subject.targets.enumerated() {
        guard let target else {
          outcome.failure = .unknownTruth(of: input)
          continue
        }
        for part in parts where part.method.name == method.name {
          let row = image * job.targets.count + place
          if let error = part.summaries[row].error {
            let failure = Failure(error, engine: job.engine).at(input.source)
            return Outcome(input: input, failure: failure)
          }
          outcome.maps.append(
            Outcome.Map(
              record: record(of: subject, part, target, row, prediction, values?[place]),
              map: part.maps.map { Self.plane($0.rows(row..<row + 1)) },
              raw: part.raw.map { Self.plane($0.rows(row..<row + 1)) }))
        }
      }
    }
    return outcome
  }

  private func record(
    of subject: Subject, _ part: Part, _ target: TargetRequest, _ row: Int,
    _ prediction: Prediction, _ value: Float?
  ) -> ExplanationRecord {
    ExplanationRecord(
      input: subject.input, image: subject.image.facts, method: part.method, target: target,
      resolved: target.resolved(prediction, value: value),
      prediction: Array(prediction.ranked.prefix(5)),
      labels: job.labels, layer: part.layer, keeps: job.keeps, summary: part.summaries[row],
      notes: part.notes.filter { $0.target == row }.map(\.text), passes: part.passes[row],
      milliseconds: part.milliseconds)
  }

  /// `[1, 1, H, W]` as `[H, W]`, `[1, 3, H, W]` as `[3, H, W]`.
  private static func plane(_ map: HostTensor<Float>) -> HostTensor<Float> {
    let extents = map.shape.row.extents
    return map.reshaped(Shape(extents.first == 1 ? Array(extents.dropFirst()) : extents))
  }
}
