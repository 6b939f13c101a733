import Saliency

/// The share of pixels on the right side.
public struct SegmentationAccuracy: SegmentationMetric {
  /// The metric's name on the command line.
  public static let name = "segmentation-accuracy"

  /// The settings in force.
  public let values: Settings

  /// The metric.
  /// - Throws: `SettingError` where a name or value is unknown or out of range.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    values = try Settings(settings, of: Self.settings, method: Self.family)
  }

  /// The pixels on the right side, and all.
  public func terms(of measurement: Measurement) -> [Term] {
    terms(["correct", "labelled"], measurement)
  }

  /// The share of the pixels of all pictures.
  public func value(of sums: Sums) -> Double? { sums[1] > 0 ? sums[0] / sums[1] : nil }
}
