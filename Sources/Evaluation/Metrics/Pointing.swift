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
      "a class of the data set that does not occur counts 0, as there; classes=seen leaves it out",
      "classes that the network does not know are not among those of the data set",
      "intervals: a class that no image of a repetition has is left out of the mean of that repetition",
      "objects that stand for a crowd belong to the region, as in TorchRay",
      "Group-CAM's paper has boxes and no tolerance: preset=groupcam",
      "TorchRay smooths the maps of gradients, reaching four deviations, the border repeated: smooth",
    ])

  /// What can be set.
  public static let settings = [
    Setting("preset", default: "none", .choice(["none", "groupcam"]), "whose rule"),
    Setting("tol", default: "15", .number(0...10_000), "the tolerance in pixels; 0: none"),
    Setting.words("region", RegionKind.self, "masks where there are such, boxes, or masks alone"),
    Setting("subset", default: "all", .choice(["all", "difficult"]), "which pictures count"),
    Setting("classes", default: "all", .choice(["all", "seen"]), "what the mean is over"),
    Setting(
      "smooth", default: "0", .number(0...1),
      "Gaussian over maps of gradients, its deviation as a share of their longer side"),
  ]

  /// Hits are better.
  public static let direction = MetricDirection.higher

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

  /// 1 for a hit, 0 for a miss; how many classes there are is a part.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    let tolerance = values.number("tol")
    let kind = values.choice("region", as: RegionKind.self)
    let wantsDifficult = values.text("subset") == "difficult"
    return try await measureEach(smoothed(subjects), with: probe) {
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

  /// The same subjects with maps of gradients smoothed.
  private func smoothed(_ subjects: Subjects) async throws(ExplanationError) -> Subjects {
    let share = values.number("smooth")
    guard share > 0, subjects.areDerivatives else { return subjects }
    let maps = try await subjects.hostMaps()
    var pictures = subjects.pictures
    for place in pictures.indices {
      let map = pictures[place].map ?? maps.rows(place..<place + 1)
      let deviation = share * Double(max(map.shape[2], map.shape[3]))
      pictures[place].map = MapSampling.smoothed(map, deviation)
    }
    return Subjects(targets: subjects.targets, maps: subjects.maps, pictures: pictures)
  }

  /// How many classes there are, one, and for its class the hit and one.
  public func terms(of measurement: Measurement) -> [Term] {
    guard let index = measurement.part("class").flatMap(Int.init(exactly:)),
      (0..<1 << 20).contains(index)
    else { return [] }
    return [
      Term(0, measurement.part("classes") ?? 0), Term(1, 1),
      Term(2 + 2 * index, measurement.value ?? 0), Term(3 + 2 * index, 1),
    ]
  }

  /// The mean over classes of the share of hits; nil too where nobody says how many there are.
  public func value(of sums: Sums) -> Double? { value(of: sums, drawnFrom: sums) }

  /// The same mean, without the classes of the sample that no image of the draw has: they would count
  /// 0, and the mean would be over other classes than that of the sample.
  public func value(of sums: Sums, drawnFrom sample: Sums) -> Double? {
    guard sums[1] > 0 else { return nil }
    let (drawn, all) = (Self.shares(sums), Self.shares(sample))
    guard values.text("classes") == "all" else { return drawn.sum / drawn.count }
    guard sample[0] > 0 else { return nil }
    let stated = max(sample[0] / sample[1], all.count)
    return drawn.sum / (stated * drawn.count / all.count)
  }

  /// The shares of hits of the classes that occur, added up, and how many these are.
  private static func shares(_ sums: Sums) -> (sum: Double, count: Double) {
    var (sum, count) = (0.0, 0.0)
    // In the order of the classes: a sum must not depend on the order of a table.
    for slot in stride(from: 2, to: sums.count, by: 2) where sums[slot + 1] > 0 {
      sum += sums[slot] / sums[slot + 1]
      count += 1
    }
    return (sum, count)
  }
}
