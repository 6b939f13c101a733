import Saliency

/// The mean of the two intersections over unions.
public struct Segmentation: SegmentationMetric {
  /// The metric's name on the command line.
  public static let name = "segmentation"

  /// The settings in force.
  public let values: Settings

  /// The metric.
  /// - Throws: `SettingError` where a name or value is unknown or out of range.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    values = try Settings(settings, of: Self.settings, method: Self.family)
  }

  /// What map and mask share, and what either has, on both sides.
  public func terms(of measurement: Measurement) -> [Term] {
    terms(
      ["background-both", "background-union", "foreground-both", "foreground-union"], measurement)
  }

  /// The mean of both overlaps of the added counts.
  public func value(of sums: Sums) -> Double? {
    guard sums[1] + sums[3] > 0 else { return nil }
    return ((sums[1] > 0 ? sums[0] / sums[1] : 0) + (sums[3] > 0 ? sums[2] / sums[3] : 0)) / 2
  }
}
