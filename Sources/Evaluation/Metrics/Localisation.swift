import Saliency

/// Weakly supervised localisation: whether the box around the brightest part of a map is that of an
/// object of its class.
///
/// B. Zhou and others, Learning Deep Features for Discriminative Localization, 2016, with the
/// threshold of Grad-CAM. The value is an error, as in the tables of both papers.
public struct Localisation: RegionMetric {
  /// The metric's name on the command line.
  public static let name = "localisation"

  /// Zhou and others, 2016; Selvaraju and others, 2017.
  public static let citation = Citation(
    paper: "B. Zhou, A. Khosla, A. Lapedriza, A. Oliva, A. Torralba, Learning Deep Features for"
      + " Discriminative Localization, CVPR 2016; R. R. Selvaraju and others, Grad-CAM, ICCV 2017",
    equations: [
      "B = S >= threshold * max S, at the size of the picture",
      "box = rectangle around the largest connected part of B, the first in raster order on a tie",
      "correct(c): IoU(box, some box of an object of class c) >= 0.5, whole pixels",
      "value = share of pictures where none of the first `top` predicted classes is correct",
    ],
    deviations: [
      "the papers say neither which pixels touch nor >= or >: 8 neighbours and >=",
      "CAM's threshold is 0.20: threshold=0.20",
      "with a preset that crops, what lies outside of the crop is never found: squash224 crops nothing",
      "objects that stand for a crowd are no boxes to be found",
      "a picture without an object of the network's classes is passed over",
    ])

  /// What can be set.
  public static let settings = [
    Setting("threshold", default: "0.15", .number(0...1), "the share of the maximum"),
    Setting.words("conn", ConnectedComponents.Connectivity.self, "how many neighbours touch"),
    Setting("iou", default: "0.5", .number(0...1), "the overlap that is enough"),
    Setting("top", default: "1", .integer(1...20), "how many predicted classes may be right"),
  ]

  /// It is an error.
  public static let direction = MetricDirection.lower

  private let values: Settings

  /// The metric.
  /// - Throws: `SettingError` where a name or value is unknown or out of range.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    values = try Settings(settings, of: Self.settings, method: Self.family)
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { values.resolved }

  /// The most likely classes.
  public var choice: SubjectChoice { .top(values.integer("top")) }

  /// 0 where an object is found, 1 where none is.
  ///
  /// The subjects of one image that stand side by side are its most likely classes in order: the
  /// measurement of the first says whether any of them finds an object; the others stand alone.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    let threshold = values.number("threshold")
    let connectivity = values.choice("conn", as: ConnectedComponents.Connectivity.self)
    let enough = values.number("iou")
    var measurements = try await measureEach(subjects, with: probe) {
      evidence, regions, index, _ throws(RegionError) in
      var boxes: [RegionBox] = []
      for object in regions.objects where !object.isCrowd && object.classIndex == index {
        if let box = try regions.box(of: object) { boxes.append(box) }
      }
      guard !regions.objects.allSatisfy(\.isCrowd) else {
        return Measurement(nil, reason: "no object is marked")
      }
      guard regions.objects.contains(where: { !$0.isCrowd && $0.classIndex != nil }) else {
        return Measurement(nil, reason: "no object of the network's classes is in it")
      }
      guard let found = Self.box(in: evidence, threshold, connectivity) else {
        return Measurement(nil, reason: "the map covers no pixel of it")
      }
      let overlap = boxes.map(found.overlap).max() ?? 0
      let isCorrect = !boxes.isEmpty && overlap >= enough
      return Measurement(
        isCorrect ? 0 : 1,
        parts: [
          .init("class", Double(index)), .init("iou", overlap), .init("left", Double(found.left)),
          .init("top", Double(found.top)), .init("right", Double(found.right)),
          .init("bottom", Double(found.bottom)),
        ])
    }
    for (place, target) in subjects.targets.enumerated().reversed().dropFirst() {
      guard subjects.targets[place + 1].image == target.image,
        values.integer("top") > 1,
        let own = measurements[place].value, let next = measurements[place + 1].value
      else { continue }
      measurements[place].value = min(own, next)
    }
    return measurements
  }

  /// The rectangle around the brightest part of a map; nil where it covers nothing.
  static func box(
    in evidence: EvidenceMap, _ threshold: Double, _ connectivity: ConnectedComponents.Connectivity
  ) -> RegionBox? {
    guard let (_, high) = evidence.extremes else { return nil }
    var isBright = [Bool](repeating: false, count: evidence.values.count)
    for row in evidence.rows {
      for column in evidence.columns {
        let place = row * evidence.width + column
        isBright[place] = Double(evidence.values[place]) >= threshold * Double(high)
      }
    }
    let mask = PixelMask(width: evidence.width, height: evidence.height, isBright)
    // Where the maximum is negative nothing reaches its share: the maximum itself is found.
    guard let largest = ConnectedComponents(of: mask, connectivity).largest else {
      return evidence.peak.map {
        RegionBox(left: $0.column, top: $0.row, right: $0.column, bottom: $0.row)
      }
    }
    return largest.box
  }
}
