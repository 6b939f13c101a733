import Saliency

/// Segmentation: how well the bright part of a map is the object.
///
/// H. Chefer, S. Gur, L. Wolf, Transformer Interpretability Beyond Attention Visualization, 2021:
/// the evaluation on ImageNet-Segmentation. Counts are added over the data set.
public protocol SegmentationMetric: RegionMetric {
  /// The metric's settings in force.
  var values: Settings { get }
}

extension SegmentationMetric {
  /// What stands before the names of its settings.
  public static var family: String { "segmentation" }

  /// Chefer and others, 2021.
  public static var citation: Citation {
    Citation(
      paper: "H. Chefer, S. Gur, L. Wolf, Transformer Interpretability Beyond Attention"
        + " Visualization, CVPR 2021, arXiv 2012.09838: evaluation on ImageNet-Segmentation",
      equations: [
        "S min-maxed; foreground = S > mean S",
        "segmentation = mean of the IoUs of background and foreground, counts added over pictures",
        "segmentation-accuracy = correct / labelled pixels, counts added over pictures",
        "segmentation-ap = mean of the average precisions of S for the mask and 1 - S for the rest",
      ],
      deviations: [
        "pixels of crowds of the class, and those that the map does not cover, are not labelled",
        "the authors' script pools both precisions into one list: ap=pooled",
        "maps are compared at the size of the picture, not of the network's input",
      ])
  }

  /// What can be set.
  public static var settings: [Setting] {
    [
      Setting.words("region", RegionKind.self, "masks where there are such, boxes, or masks alone"),
      Setting("ap", default: "mean", .choice(["mean", "pooled"]), "one precision of two, or both"),
    ]
  }

  /// More is better.
  public static var direction: MetricDirection { .higher }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { values.resolved }

  /// The counts of each map; the metrics of the family share them.
  func counts(_ subjects: Subjects) async throws(ExplanationError) -> [Measurement] {
    let kind = values.choice("region", as: RegionKind.self)
    let isPooled = values.text("ap") == "pooled"
    let key = "segmentation \(values.resolved.map(\.value))"
    return try await subjects.measurements(key) { () async throws(ExplanationError) in
      try await measureEach(subjects) { evidence, regions, index, _ throws(RegionError) in
        let objects = regions.objects(of: index)
        guard let region = try regions.region(of: objects.filter { !$0.isCrowd }, kind) else {
          return Measurement(nil, reason: "no object of its class")
        }
        let crowd = try regions.region(of: objects.filter(\.isCrowd), kind)
        let counts = SegmentationCounts(evidence, region, ignoring: crowd, isPooled: isPooled)
        guard counts.labelled > 0 else {
          return Measurement(nil, reason: "no pixel of it is labelled")
        }
        return Measurement(0, parts: counts.parts)
      }
    }
  }

  /// The sum of a part over measurements.
  func total(_ name: String, _ measurements: [Measurement]) -> Double {
    measurements.reduce(0) { $0 + ($1.value == nil ? 0 : $1.part(name) ?? 0) }
  }
}

/// The mean of the two intersections over unions.
public struct Segmentation: SegmentationMetric {
  /// The metric's name on the command line.
  public static let name = "segmentation"

  /// Counts are added.
  public static let isAverage = false

  /// The settings in force.
  public let values: Settings

  /// The metric.
  /// - Throws: `SettingError` where a name or value is unknown or out of range.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    values = try Settings(settings, of: Self.settings, method: Self.family)
  }

  /// The mean of both overlaps for each map alone.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    try await counts(subjects).map { measurement in
      var measurement = measurement
      if measurement.value != nil { measurement.value = summary(of: [measurement]) }
      return measurement
    }
  }

  /// The mean of both overlaps of the added counts.
  public func summary(of measurements: [Measurement]) -> Double? {
    guard measurements.contains(where: { $0.value != nil }) else { return nil }
    let overlaps = ["background", "foreground"].map { side in
      let union = total("\(side)-union", measurements)
      return union > 0 ? total("\(side)-both", measurements) / union : 0
    }
    return (overlaps[0] + overlaps[1]) / 2
  }
}

/// The share of pixels on the right side.
public struct SegmentationAccuracy: SegmentationMetric {
  /// The metric's name on the command line.
  public static let name = "segmentation-accuracy"

  /// Counts are added.
  public static let isAverage = false

  /// The settings in force.
  public let values: Settings

  /// The metric.
  /// - Throws: `SettingError` where a name or value is unknown or out of range.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    values = try Settings(settings, of: Self.settings, method: Self.family)
  }

  /// The share of pixels for each map alone.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    try await counts(subjects).map { measurement in
      var measurement = measurement
      if measurement.value != nil { measurement.value = summary(of: [measurement]) }
      return measurement
    }
  }

  /// The share of the pixels of all pictures.
  public func summary(of measurements: [Measurement]) -> Double? {
    let labelled = total("labelled", measurements)
    return labelled > 0 ? total("correct", measurements) / labelled : nil
  }
}

/// The average precision of maps as scores of pixels.
public struct SegmentationPrecision: SegmentationMetric {
  /// The metric's name on the command line.
  public static let name = "segmentation-ap"

  /// The settings in force.
  public let values: Settings

  /// The metric.
  /// - Throws: `SettingError` where a name or value is unknown or out of range.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    values = try Settings(settings, of: Self.settings, method: Self.family)
  }

  /// The average precision of each map.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    try await counts(subjects).map { measurement in
      var measurement = measurement
      if measurement.value != nil { measurement.value = measurement.part("ap") }
      return measurement
    }
  }
}
