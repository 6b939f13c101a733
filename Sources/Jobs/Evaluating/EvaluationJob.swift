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

  /// The classes of the objects of an image.
  /// - Throws: `Failure` where nobody knows them.
  func objectTargets(of input: Input) throws(Failure) -> [TargetRequest] {
    let indices = try regions?.classIndices(of: input) ?? []
    guard !indices.isEmpty else {
      throw Failure(
        .content, input.source,
        "\(regions?.origin ?? "") has no object of the network's classes in it",
        try: "is it the annotation of this picture? labels must be those of the network")
    }
    return try job.context.targets(indices.map(String.init))
  }

  /// What makes the lines of one image complete; nil where they never are.
  func keys(of input: Input) -> Set<MeasurementKey>? {
    var keys: Set<MeasurementKey> = []
    for metric in metrics {
      do throws(Failure) {
        var targets = try wanted(metric)
        if targets == nil { targets = try objectTargets(of: input) }
        guard let targets else { return nil }
        let recorded = metric.groupSize > 1 ? Array(targets.prefix(1)) : targets
        for kind in kinds {
          for target in recorded {
            keys.insert(MeasurementKey(kind: kind, metric: metric.name, target: target.text))
          }
        }
      } catch {
        return nil
      }
    }
    return keys
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

/// What became of one image.
struct EvaluationOutcome: Sendable {
  let input: Input
  /// The measurements, in the order of kinds, metrics and targets.
  var records: [MeasurementRecord] = []
  /// Why not all could be made.
  var failures: [Failure] = []
  /// Whether the image could not even be read.
  var isUnusable = false

  /// The lines of `evaluation.jsonl`.
  var lines: [String] {
    records.map(\.json.description) + failures.map { $0.record(of: input).description }
  }
}

/// One line of `evaluation.jsonl`.
struct MeasurementRecord: Sendable {
  let input: Input
  let key: MeasurementKey
  /// The class; nil where the target is none.
  let index: Int?
  let label: String?
  let rules: EvaluationProtocol?
  let measurement: Measurement
  let keepsCurves: Bool

  var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("schema", .integer(ExplanationRecord.schema)), .init("image", .string(input.name)),
      .init("source", .string(input.source)), .init("method", .string(key.kind.method)),
      .init("layer", key.kind.layer.isEmpty ? .null : .string(key.kind.layer)),
      .init(
        "target",
        ["text": .string(key.target), "index": .whole(index), "label": .text(label)]),
      .init("truth", .whole(input.truth.index)), .init("metric", .string(key.metric)),
      .init("protocol", .string(rules?.name ?? EvaluationSummary.noProtocol)),
      .init("value", .number(measurement.value)), .init("reason", .text(measurement.reason)),
      .init("degenerate", .bool(measurement.isDegenerate)),
      .init(
        "parts",
        .object(measurement.parts.map { JSONValue.Member($0.name, .number($0.value)) })),
    ]
    if keepsCurves {
      members.append(
        .init(
          "curves",
          .object(
            measurement.curves.map { curve in
              JSONValue.Member(curve.name, .array(curve.values.map { .number($0) }))
            })))
    }
    return .object(members)
  }
}

/// What an evaluation tells while it works.
public enum EvaluationEvent: Sendable {
  /// An image is dealt with; why not all of it could be measured.
  case measured(Input, failures: [Failure], lines: [String])
  /// An image that an earlier run had finished.
  case kept(Input, lines: [String])
  /// Something that the reader of the results must know.
  case warning(String)
}
