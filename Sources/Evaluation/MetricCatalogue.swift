import Saliency

/// The metrics, in the order in which they are listed.
public enum MetricCatalogue {
  /// Every metric.
  public static let metrics: [any Metric.Type] = [
    Insertion.self, Deletion.self, OverAll.self,
    AverageDrop.self, Increase.self, Win.self, Coherency.self, ADCC.self, ARCC.self,
    ROAD.self, Infidelity.self, MaxSensitivity.self, Sparseness.self, Complexity.self,
    Pointing.self, Energy.self, Localisation.self,
    Segmentation.self, SegmentationAccuracy.self, SegmentationPrecision.self, SanityCheck.self,
  ]

  /// The metric of a name; nil where there is none.
  public static func metric(named name: String) -> (any Metric.Type)? {
    metrics.first { $0.name == name }
  }

  /// A metric with some settings changed.
  /// - Throws: `SettingError` where the metric, a setting or a value is unknown.
  public static func metric(
    named name: String, settings: [String: String]
  ) throws(SettingError) -> any Metric {
    guard let metric = metric(named: name) else {
      let names = metrics.map { $0.name }
      throw SettingError(
        name,
        "no such metric" + Spelling.suggestion(for: name, among: names)
          + " (\(names.joined(separator: ", ")))")
    }
    return try metric.init(settings: settings)
  }
}
