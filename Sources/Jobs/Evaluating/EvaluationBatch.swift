import Evaluation
import Saliency
import Tensors

/// The images of a batch with the targets that metrics want of them, each explained once.
struct EvaluationBatch: Sendable {
  /// A map that a metric wants.
  struct Want: Sendable, Hashable {
    /// The image's place in the batch.
    let image: Int
    /// The target's place among those of the batch.
    let target: Int
    /// The target, as it is written.
    let text: String
    /// Whether it has a record of its own; else it is measured for the one before it.
    let isRecorded: Bool
  }

  /// The images.
  let images: [(input: Input, image: PreparedImage)]
  /// What is explained: the targets of all images, each once.
  private(set) var targets: [Target] = []
  /// The picture of each target.
  private(set) var pictures: [SubjectPicture] = []
  /// How each target was written, and its class.
  private(set) var explained: [FinishedMaps.Explained] = []
  /// For each metric, what it wants, image by image.
  private(set) var wants: [[Want]] = []
  private var failures: [[Failure]]
  private var places: [Target: Int] = [:]

  /// Settles what is explained.
  /// - Parameters:
  ///   - evaluation: what is done.
  ///   - images: the images.
  ///   - wanted: the targets that each metric wants; nil for the classes of objects.
  ///   - outputs: `[N, K]`, of the clean images; nil where the network has no classes.
  init(
    _ evaluation: EvaluationJob, _ images: [(input: Input, image: PreparedImage)],
    wanted: [[TargetRequest]?], outputs: HostTensor<Float>?
  ) {
    self.images = images
    failures = images.map { _ in [] }
    wants = evaluation.metrics.map { _ in [] }
    for (place, image) in images.enumerated() {
      let row = outputs.map { $0.rows(place..<place + 1).elements } ?? []
      guard row.allSatisfy(\.isFinite) else {
        failures[place].append(
          Failure(
            .content, image.input.source, "the outputs hold NaN or infinity",
            try: "check the preprocessing of this input and the weights of the model"))
        continue
      }
      let prediction = Prediction(outputs: row, scores: evaluation.job.engine.options.scores)
      let regions = regions(of: place, evaluation)
      for (metric, requests) in zip(evaluation.metrics.indices, wanted) {
        let request = evaluation.metrics[metric]
        if request.needs.contains(.regions), regions == nil { continue }
        let isGroup = request.groupSize > 1
        let targets = if let requests { requests } else { objectTargets(of: place, evaluation) }
        for (rank, target) in targets.enumerated() {
          guard let target = target.with(truth: image.input.truth, in: evaluation.job.context)
          else {
            add(.unknownTruth(of: image.input), at: place)
            continue
          }
          let index = target.resolved(prediction, value: nil).index
          let row = self.place(
            of: target.fixed(index, image: place, in: evaluation.job.context),
            written: target.text, index: index, regions, of: image.image, evaluation)
          wants[metric].append(
            Want(image: place, target: row, text: target.text, isRecorded: !isGroup || rank == 0))
        }
      }
    }
  }

  /// Where the objects of a picture are; nil where that is not asked for, or not known.
  private mutating func regions(of place: Int, _ evaluation: EvaluationJob) -> PictureRegions? {
    guard evaluation.metrics.contains(where: { $0.needs.contains(.regions) }),
      let book = evaluation.regions
    else { return nil }
    let (input, image) = images[place]
    do throws(Failure) {
      if let regions = try book.regions(
        of: input, width: image.facts.width, height: image.facts.height)
      {
        return regions
      }
      throw Failure(.missing, input.source, "\(book.origin) has no objects of it")
    } catch {
      add(error, at: place)
      return nil
    }
  }

  /// The classes of its objects; none where it has none of the network's, and a failure where nobody
  /// knows them.
  private mutating func objectTargets(
    of place: Int, _ evaluation: EvaluationJob
  ) -> [TargetRequest] {
    do throws(Failure) {
      return try evaluation.objectTargets(of: images[place].input)
    } catch {
      add(error, at: place)
      return []
    }
  }

  private mutating func place(
    of target: Target, written text: String, index: Int?, _ regions: PictureRegions?,
    of image: PreparedImage, _ evaluation: EvaluationJob
  ) -> Int {
    if let known = places[target] {
      explained[known].texts.insert(text)
      return known
    }
    places[target] = targets.count
    targets.append(target)
    let isPlain = target.head == .logit && !target.negated
    explained.append(.init(texts: [text], classIndex: index, isPlain: isPlain))
    pictures.append(
      SubjectPicture(
        regions: regions, covered: image.facts.region, classIndex: index,
        classCount: evaluation.regions?.classCount))
    return targets.count - 1
  }

  private mutating func add(_ failure: Failure, at place: Int) {
    if !failures[place].contains(failure) { failures[place].append(failure) }
  }

  /// Notes why a target of an image could not be explained or measured.
  mutating func note(_ failure: Failure, at target: Int) {
    let place = targets[target].image
    add(failure.place.isEmpty ? failure.at(images[place].input.source) : failure, at: place)
  }

  /// The targets in pieces of at most so many, so that all classes of an image can be asked for; what
  /// is measured together stays together.
  func pieces(of most: Int) -> [[Int]] {
    var owners = Array(targets.indices)
    for wants in wants where wants.contains(where: { !$0.isRecorded }) {
      for (place, want) in wants.enumerated() where !want.isRecorded {
        owners[want.target] = owners[wants[place - 1].target]
      }
    }
    let groups = Dictionary(grouping: targets.indices) { owners[$0] }
    var pieces: [[Int]] = []
    for owner in targets.indices {
      guard let together = groups[owner] else { continue }
      if let last = pieces.last, last.count + together.count <= most {
        pieces[pieces.count - 1] += together
      } else {
        pieces.append(together)
      }
    }
    return pieces
  }

  /// What a metric wants of some targets, without maps that could not be made and those measured
  /// together with them.
  func wants(of metric: Int, among piece: Set<Int>, except missing: Set<Int>) -> [Want] {
    let wants = wants[metric].filter { piece.contains($0.target) }
    let isGroup = wants.contains { !$0.isRecorded }
    let incomplete = Set(isGroup ? wants.filter { missing.contains($0.target) }.map(\.image) : [])
    return wants.filter { !missing.contains($0.target) && !incomplete.contains($0.image) }
  }

  /// What became of the images: a record for everything that was to be measured, in the order of
  /// kinds, metrics and targets, from what each metric says of each kind.
  func outcomes(
    _ found: [[MeasuredMetric]], _ evaluation: EvaluationJob
  ) -> [EvaluationOutcome] {
    images.indices.map { place in
      var measured: [MeasurementKey: (measurement: Measurement, index: Int?)] = [:]
      for (kind, metrics) in zip(evaluation.kinds, found) {
        for (metric, values) in zip(evaluation.metrics.indices, metrics) {
          for want in wants[metric] where want.image == place && want.isRecorded {
            guard let measurement = values.values[want] else { continue }
            let key = MeasurementKey(
              kind: kind, metric: evaluation.metrics[metric].name, target: want.text)
            measured[key] = (measurement, pictures[want.target].classIndex)
          }
        }
      }
      return EvaluationOutcome(
        images[place].input, measured, failures: failures[place], evaluation)
    }
  }
}

extension TargetRequest {
  /// The target of one image, its class fixed.
  fileprivate func fixed(_ index: Int?, image: Int, in context: TargetContext) -> Target {
    var target = target(image: image)
    if let index, case .top = choice { target.choice = .outputs(context.outputs(of: index)) }
    return target
  }
}
