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
  /// the protocol gives it, or the method others than its defaults.
  public func figure(of explainer: any Explainer, under metric: any Metric) -> Figure? {
    let (method, kind) = (type(of: explainer), type(of: metric))
    guard let usual = try? method.init(settings: [:]),
      let stated = try? kind.init(settings: settings(of: kind)),
      Self.agree(usual.resolvedSettings, explainer.resolvedSettings),
      Self.agree(stated.resolvedSettings, metric.resolvedSettings)
    else { return nil }
    return figures.first { $0.method == method.name && $0.metric == kind.name }
  }

  private typealias Values = [(name: String, value: String)]

  /// Whether settings have the same values; 70 and 70.0 are the same.
  private static func agree(_ some: Values, _ others: Values) -> Bool {
    some.elementsEqual(others) { one, other in
      let numbers = (Double(one.value), Double(other.value))
      return one.name == other.name
        && (one.value == other.value || numbers.0 != nil && numbers.0 == numbers.1)
    }
  }

  /// Whether pictures and scores are prepared as it says, where it says so.
  public func prescribes(preset: String, scores: ScoreFunction) -> Bool {
    (self.preset ?? preset) == preset && (self.scores ?? scores) == scores
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
