import Saliency

/// The energy-based pointing game: how much of a map lies inside the boxes of its class.
///
/// H. Wang and others, Score-CAM, 2020.
public struct Energy: RegionMetric {
  /// The metric's name on the command line.
  public static let name = "energy"

  /// What stands before the names of its settings.
  public static let family = "energy-pointing-game"

  /// Wang and others, 2020.
  public static let citation = Citation(
    paper: "H. Wang, Z. Wang, M. Du, F. Yang, Z. Zhang, S. Ding, P. Mardziel, X. Hu, Score-CAM,"
      + " CVPR workshops 2020, arXiv 1910.01279",
    equations: [
      "value = sum of S inside the boxes of the class / sum of S,  S min-maxed; 0 where S is 0"
    ],
    deviations: [
      "the published script leaves out the last column and row of a box and takes columns for rows:"
        + " bug=true",
      "an object without a box has the rectangle around its mask",
      "objects that stand for a crowd count",
    ])

  /// What can be set.
  public static let settings = [
    Setting("bug", default: "false", .flag, "boxes as the published script has them")
  ]

  /// More inside is better.
  public static let direction = MetricDirection.higher

  private let values: Settings

  /// The metric.
  /// - Throws: `SettingError` where a name or value is unknown or out of range.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    values = try Settings(settings, of: Self.settings, method: Self.family)
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { values.resolved }

  /// The share of each map that lies inside.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    let hasBug = values.flag("bug")
    return try await measureEach(subjects, with: probe) {
      evidence, regions, index, _ throws(RegionError) in
      let objects = regions.objects(of: index)
      guard !objects.isEmpty else { return Measurement(nil, reason: "no object of its class") }
      var boxes: [RegionBox] = []
      for object in objects {
        if let box = try regions.box(of: object) { boxes.append(box) }
      }
      guard !boxes.isEmpty else { return Measurement(nil, reason: "no box of its class") }
      var inside = PixelMask(width: regions.width, height: regions.height)
      for box in boxes {
        if hasBug {
          if let turned = box.turned { inside.formUnion(turned) }
        } else {
          inside.formUnion(box)
        }
      }
      let values = evidence.unitValues
      var (within, all) = (0.0, 0.0)
      for (place, value) in values.enumerated() {
        all += value
        if inside.isInside[place] { within += value }
      }
      return Measurement(
        all > 0 ? within / all : 0, parts: [.init("class", Double(index))])
    }
  }
}

extension RegionBox {
  /// The rectangle as the published script cuts it out: columns taken for rows, the last of each
  /// left out; nil where nothing is left.
  fileprivate var turned: RegionBox? {
    guard left < right, top < bottom else { return nil }
    return RegionBox(left: top, top: left, right: bottom - 1, bottom: right - 1)
  }
}

extension PictureRegions {
  /// The box of an object, or the rectangle around its mask; nil where it has no pixel.
  /// - Throws: `RegionError` where it is damaged or does not fit the picture.
  public func box(of object: RegionObject) throws(RegionError) -> RegionBox? {
    if let box = object.box { return box }
    if object.outline == nil, let damage = object.damage {
      throw RegionError("\(object.word) has \(damage)")
    }
    guard let mask = try object.outline?.mask(width: width, height: height) else { return nil }
    var (left, top, right, bottom) = (width, height, -1, -1)
    for (place, isInside) in mask.isInside.enumerated() where isInside {
      let (column, row) = (place % width, place / width)
      (left, right) = (min(left, column), max(right, column))
      (top, bottom) = (min(top, row), max(bottom, row))
    }
    return right < 0 ? nil : RegionBox(left: left, top: top, right: right, bottom: bottom)
  }
}
