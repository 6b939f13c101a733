import Evaluation
import Saliency

/// Maps of many images, measured by many metrics, and what they are worth over the data set.
///
/// Images are measured in batches; the lines of a batch are on the disk before the next one begins.
/// A job that is killed at any moment loses nothing that was reported as finished.
public struct EvaluationJob: Sendable {
  /// The images, methods, layers, the network and the folder.
  public var job: Job
  /// The metrics.
  public var metrics: [MetricRequest]
  /// The targets that the user named; nil where each metric has its own.
  public var targets: [TargetRequest]?
  /// The published protocol.
  public var rules: EvaluationProtocol?
  /// Whether pictures and scores are prepared as the protocol says.
  public var followsRules = true
  /// Where the objects are; nil where nobody says.
  public var regions: RegionBook?
  /// Finished maps, measured in the place of the methods'.
  public var maps: FinishedMaps?
  /// Whether records keep the curves.
  public var keepsCurves: Bool
  /// How intervals are made.
  public var bootstrap: Bootstrap
  /// What else belongs to the summary's head.
  public var facts: [JSONValue.Member]
  /// Makes what shows the whole run.
  public var closing: (@Sendable (RunRecord, EvaluationSummary) throws(Failure) -> Int)?

  /// A job.
  public init(
    _ job: Job, metrics: [MetricRequest], targets: [TargetRequest]? = nil,
    rules: EvaluationProtocol? = nil, regions: RegionBook? = nil, maps: FinishedMaps? = nil,
    keepsCurves: Bool = false, bootstrap: Bootstrap = Bootstrap()
  ) {
    self.job = job
    self.metrics = metrics
    self.targets = targets
    self.rules = rules
    self.regions = regions
    self.maps = maps
    self.keepsCurves = keepsCurves
    self.bootstrap = bootstrap
    facts = []
  }

  /// The kinds of maps that are measured, in the order of the tables.
  public var kinds: [MapKind] {
    if let maps { return maps.kinds }
    return job.methods.flatMap { method in
      job.layers(of: method).map { MapKind(method: method.name, layer: $0.name) }
    }
  }

  /// What is published of a kind of maps; nil where anything is not as the protocol has it.
  func published(of kind: MapKind, under metric: any Metric) -> EvaluationProtocol.Figure? {
    let explainer: (any Explainer)? =
      if let maps { maps.explainer(of: kind) } else {
        job.methods.first { $0.name == kind.method }?.explainer
      }
    guard let explainer, followsRules else { return nil }
    return rules?.figure(of: explainer, under: metric)
  }

  /// The maps of an image that a metric measures; nil where they are those of its objects' classes.
  func wanted(_ metric: MetricRequest) throws(Failure) -> [TargetRequest]? {
    switch metric.choice {
    case .top(let count): return try Array(job.context.targets(["top\(count)"]).prefix(count))
    case .truth where targets == nil: return nil
    default:
      if let targets { return targets }
      return try job.context.targets(["top1"])
    }
  }

  /// The classes of the objects of an image; none where it has none that the network knows.
  /// - Throws: `Failure` where nobody knows them.
  func objectTargets(of input: Input) throws(Failure) -> [TargetRequest] {
    guard let indices = try regions?.classIndices(of: input) else {
      throw Failure(.missing, input.source, "\(regions?.origin ?? "") has no objects of it")
    }
    return try job.context.targets(indices.map(String.init))
  }

  /// The target of a record where a metric of objects finds none in the picture.
  static let noTarget = "none"

  /// The targets whose maps of an image a metric measures.
  private func chosen(
    by metric: MetricRequest, for input: Input
  ) throws(Failure) -> [TargetRequest] {
    if let wanted = try wanted(metric) { return wanted }
    return try objectTargets(of: input)
  }

  /// What is to be measured of an image by a metric, each once in every kind of maps.
  /// - Throws: `Failure` where nobody knows.
  func texts(of metric: MetricRequest, _ input: Input) throws(Failure) -> [String] {
    let targets = try chosen(by: metric, for: input)
    guard !targets.isEmpty else { return [Self.noTarget] }
    return (metric.groupSize > 1 ? Array(targets.prefix(1)) : targets).map(\.text)
  }

  /// How many maps of each kind a metric measures, as far as that is known before.
  public func mapCount(_ metric: MetricRequest) -> Int {
    job.inputs.reduce(0) { $0 + ((try? chosen(by: metric, for: $1)) ?? []).count }
  }

  /// How many maps of each kind are made, as far as that is known before: one for each target of an
  /// image, however many metrics measure it.
  public var targetCount: Int {
    job.inputs.reduce(0) { sum, input in
      let texts = metrics.flatMap { ((try? chosen(by: $0, for: input)) ?? []).map(\.text) }
      return sum + Set(texts).count
    }
  }

  /// What makes the lines of one image complete, in their order; what nobody knows is left out.
  func keys(of input: Input) -> (keys: [MeasurementKey], areAll: Bool) {
    var texts: [[String]] = []
    var areAll = true
    for metric in metrics {
      if let known = try? self.texts(of: metric, input) {
        texts.append(known)
      } else {
        texts.append([])
        areAll = false
      }
    }
    let keys = kinds.flatMap { kind in
      zip(metrics, texts).flatMap { metric, texts in
        texts.map { MeasurementKey(kind: kind, metric: metric.name, target: $0) }
      }
    }
    return (keys, areAll)
  }
}

/// Maps that belong together: one method at one layer.
public struct MapKind: Sendable, Hashable {
  /// The name of the method, with its settings; or of a folder of finished maps.
  public let method: String
  /// The name of the layer; empty where the method reads none.
  public let layer: String

  /// A kind.
  public init(method: String, layer: String) {
    self.method = method
    self.layer = layer
  }
}

/// Which of the measurements of an image one is.
public struct MeasurementKey: Sendable, Hashable {
  /// The map.
  public let kind: MapKind
  /// The metric, with its settings.
  public let metric: String
  /// The target, as it is written.
  public let target: String

  init(kind: MapKind, metric: String, target: String) {
    self.kind = kind
    self.metric = metric
    self.target = target
  }

  /// The key of a line of `evaluation.jsonl`; nil where it is none of a measurement.
  init?(_ record: JSONValue) {
    guard record["error"] == nil, let method = record["method"]?.string,
      let layer = LayerRequest.name(record["layer"]), let metric = record["metric"]?.string,
      let target = record["target"]?["text"]?.string
    else { return nil }
    self.init(kind: MapKind(method: method, layer: layer), metric: metric, target: target)
  }
}

/// What an evaluation tells while it works.
public enum EvaluationEvent: Sendable {
  /// An image is dealt with; why not all of it could be measured.
  case measured(Input, failures: [Failure], lines: [String])
  /// An image that an earlier run had finished.
  case kept(Input, lines: [String])
}
