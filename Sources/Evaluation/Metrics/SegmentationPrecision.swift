import Saliency

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
    try await counts(subjects, with: probe).map { measurement in
      var measurement = measurement
      if measurement.value != nil { measurement.value = measurement.part("ap") }
      return measurement
    }
  }
}
