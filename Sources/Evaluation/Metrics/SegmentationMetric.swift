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

  /// What the counts of each map alone come to.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    try await counts(subjects, with: probe).map { measurement in
      var measurement = measurement
      if measurement.value != nil { measurement.value = summary(of: [measurement]) }
      return measurement
    }
  }

  /// The counts of each map; the metrics of the family share them.
  func counts(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    let kind = values.choice("region", as: RegionKind.self)
    let isPooled = values.text("ap") == "pooled"
    let key = "segmentation \(values.resolved.map(\.value))"
    return try await subjects.measurements(key) { () async throws(ExplanationError) in
      try await measureEach(subjects, with: probe) {
        evidence, regions, index, _ throws(RegionError) in
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

  /// Some of the counts of a map.
  func terms(_ names: [String], _ measurement: Measurement) -> [Term] {
    names.enumerated().map { Term($0, measurement.part($1) ?? 0) }
  }
}
