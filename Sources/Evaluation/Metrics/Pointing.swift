import Saliency

/// The pointing game: whether the largest value of a map lies on an object of its class.
///
/// J. Zhang and others, Top-down Neural Attention by Excitation Backprop, 2016, with the rule of
/// TorchRay.
public struct Pointing: RegionMetric {
  /// The metric's name on the command line.
  public static let name = "pointing"

  /// What stands before the names of its settings.
  public static let family = "pointing-game"

  /// Zhang and others, 2016.
  public static let citation = Citation(
    paper: "J. Zhang, Z. Lin, J. Brandt, X. Shen, S. Sclaroff, Top-down Neural Attention by"
      + " Excitation Backprop, ECCV 2016; R. Fong, M. Patrick, A. Vedaldi, TorchRay, 2019",
    equations: [
      "(u, v) = first maximum of the map at the size of the picture, in raster order",
      "hit: some (u', v') of the region has (u - u')^2 + (v - v')^2 < tol^2, or is (u, v)",
      "value = mean over classes of hits / (hits + misses)",
    ],
    deviations: [
      "TorchRay's text says within or equal to the tolerance, its code strictly less: strictly less",
      "the mean is over the classes that occur; classes=all counts 0 for those that do not",
      "objects that stand for a crowd belong to the region, as in TorchRay",
      "Group-CAM's paper has boxes and no tolerance: preset=groupcam",
    ])

  /// What can be set.
  public static let settings = [
    Setting("preset", default: "none", .choice(["none", "groupcam"]), "whose rule"),
    Setting("tol", default: "15", .number(0...10_000), "the tolerance in pixels; 0: none"),
    Setting.words("region", RegionKind.self, "masks where there are such, boxes, or masks alone"),
    Setting("subset", default: "all", .choice(["all", "difficult"]), "which pictures count"),
    Setting("classes", default: "seen", .choice(["seen", "all"]), "what the mean is over"),
  ]

  /// Hits are better.
  public static let direction = MetricDirection.higher

  /// It is the mean over classes.
  public static let isAverage = false

  private let values: Settings

  /// The metric.
  /// - Throws: `SettingError` where a name or value is unknown or out of range.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    var values = try Settings(settings, of: Self.settings, method: Self.family)
    if values.text("preset") == "groupcam" { values.setDefaults(["tol": "0", "region": "box"]) }
    self.values = values
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { values.resolved }

  /// 1 for a hit, 0 for a miss.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    let tolerance = values.number("tol")
    let kind = values.choice("region", as: RegionKind.self)
    let wantsDifficult = values.text("subset") == "difficult"
    return try await measureEach(subjects) {
      evidence, regions, index, picture throws(RegionError) in
      let objects = regions.objects(of: index)
      guard !objects.isEmpty else { return Measurement(nil, reason: "no object of its class") }
      guard !objects.allSatisfy(\.isDifficult) else {
        return Measurement(nil, reason: "all objects of its class are marked difficult")
      }
      guard let region = try regions.region(of: objects, kind) else {
        return Measurement(nil, reason: "no \(kind == .mask ? "mask" : "box") of its class")
      }
      guard !wantsDifficult || regions.isDifficult(index, region) else {
        return Measurement(nil, reason: "not difficult: its class is large or alone")
      }
      guard let peak = evidence.peak else {
        return Measurement(nil, reason: "the map covers no pixel of it")
      }
      let isHit = region.isNear(column: peak.column, row: peak.row, tolerance: tolerance)
      var parts: [Measurement.Part] = [
        .init("class", Double(index)), .init("column", Double(peak.column)),
        .init("row", Double(peak.row)),
      ]
      if let count = picture.classCount { parts.append(.init("classes", Double(count))) }
      return Measurement(isHit ? 1 : 0, parts: parts)
    }
  }

  /// The mean over classes of the share of hits.
  public func summary(of measurements: [Measurement]) -> Double? {
    var counts: [Double: (hits: Double, all: Double)] = [:]
    var classCount = 0.0
    for measurement in measurements {
      guard let value = measurement.value else { continue }
      counts[measurement.part("class") ?? -1, default: (0, 0)].hits += value
      counts[measurement.part("class") ?? -1, default: (0, 0)].all += 1
      classCount = max(classCount, measurement.part("classes") ?? 0)
    }
    guard !counts.isEmpty else { return nil }
    // In the order of the classes: a sum must not depend on the order of a table.
    let shares = counts.sorted { $0.key < $1.key }.map { $0.value.hits / $0.value.all }
    let isOverAll = values.text("classes") == "all"
    return shares.reduce(0, +) / max(isOverAll ? classCount : 0, Double(shares.count))
  }
}
