import Saliency

/// A published way to evaluate: its constants under one name, and what of it is not done here.
public struct EvaluationProtocol: Sendable, Hashable {
  /// A figure that somebody published, to be shown beside one's own.
  public struct Figure: Sendable, Hashable {
    /// The method.
    public let method: String
    /// The metric.
    public let metric: String
    /// The figure, in the metric's unit.
    public let value: Double
    /// The network and the data set.
    public let of: String
    /// Where it is stated.
    public let source: String

    /// A figure.
    public init(_ method: String, _ metric: String, _ value: Double, of: String, source: String) {
      self.method = method
      self.metric = metric
      self.value = value
      self.of = of
      self.source = source
    }
  }

  /// Its name on the command line.
  public let name: String
  /// What it is, in one line.
  public let summary: String
  /// The settings that it gives metrics, by family; the user's own win.
  public let settings: [String: [String: String]]
  /// How pictures are prepared, where it says so.
  public let preset: String?
  /// How outputs become scores, where it says so.
  public let scores: ScoreFunction?
  /// The metrics that it is about, where the user names none.
  public let metrics: [String]
  /// What of it is not done here, a line each.
  public let missing: [String]
  /// What was published with it, on other pictures than the user's.
  public let figures: [Figure]

  /// A protocol.
  public init(
    _ name: String, _ summary: String, settings: [String: [String: String]],
    preset: String? = nil, scores: ScoreFunction? = nil,
    metrics: [String] = ["insertion", "deletion", "over-all"], missing: [String] = [],
    figures: [Figure] = []
  ) {
    self.metrics = metrics
    self.missing = missing
    self.name = name
    self.summary = summary
    self.settings = settings
    self.preset = preset
    self.scores = scores
    self.figures = figures
  }

  /// The settings that it gives a metric, as far as the metric has such.
  public func settings(of metric: any Metric.Type) -> [String: String] {
    (settings[metric.family] ?? [:]).filter { setting in
      metric.settings.contains { $0.name == setting.key }
    }
  }

  /// What is published of a method under a metric; nil too where the metric has other constants than
  /// the protocol gives it.
  public func figure(of method: String, under metric: any Metric) -> Figure? {
    let kind = type(of: metric)
    guard let stated = try? kind.init(settings: settings(of: kind)),
      stated.resolvedSettings.elementsEqual(metric.resolvedSettings, by: { $0 == $1 })
    else { return nil }
    return figures.first { $0.method == method && $0.metric == kind.name }
  }

  /// The protocol of a name.
  /// - Throws: `SettingError` where there is none.
  public static func named(_ name: String) throws(SettingError) -> EvaluationProtocol {
    if let found = all.first(where: { $0.name == name }) { return found }
    let names = all.map(\.name)
    throw SettingError(
      name,
      "no such protocol" + Spelling.suggestion(for: name, among: names)
        + " (\(names.joined(separator: ", ")))")
  }
}
