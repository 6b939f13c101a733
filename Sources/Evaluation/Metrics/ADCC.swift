import Graphs
import Saliency

/// ADCC: average drop, coherency and complexity in one number.
///
/// 3 / (1/coherency + 1/(1 − com) + 1/(1 − ad)), com the mean of the map in [0, 1], ad the drop of
/// `average-drop` as a share — Poppi, Cornia, Baraldi, Cucchiara, 2021, equation 4. In [0, 1]; 0 where
/// one of the three is.
public struct ADCC: Metric {
  /// Over what the harmonic mean is taken.
  public enum Average: String, Sendable, Hashable, CaseIterable {
    /// Each image alone; then the mean over images.
    case image
    /// The means of the three numbers over the data set.
    case dataset
  }

  /// The metric's name on the command line.
  public static let name = "adcc"

  /// Poppi and others, 2021.
  public static let citation = Citation(
    paper: "S. Poppi, M. Cornia, L. Baraldi, R. Cucchiara, Revisiting the Evaluation of Class"
      + " Activation Mapping for Explainability: A Novel Metric and Experimental Analysis, CVPRW"
      + " 2021, arXiv 2104.10252",
    equations: [
      "com = 1/n * sum |S|;  ad = max(0, Y - O) / Y,  O = p(x * S)",
      "ADCC = 3 / ( 1/coherency + 1/(1 - com) + 1/(1 - ad) )",
    ],
    deviations: [
      "average=dataset takes the harmonic mean of the data set's means",
      "the drop reads the class that is explained in both places; the authors' code takes the"
        + " highest probability of the clean image",
      "early revisions of that code multiply by 3 and do not invert",
    ])

  /// What can be set.
  public static let settings: [Setting] = [
    .words("average", Average.self, "what the harmonic mean is taken over")
  ]

  /// A map that is small, keeps what counts and explains itself is good.
  public static let direction = MetricDirection.higher

  /// The method is run again.
  public static let needs: MetricNeeds = [.network, .method]

  private let chosen: Settings

  /// The metric with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    chosen = try Settings(settings, of: Self.settings, method: Self.family)
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// The method once more, and the image through its map.
  public func costs(_ network: Graph) -> [MetricCost] { [ConfidenceChange().cost, Coherency.cost] }

  /// The number of each subject, and the three it is made of.
  /// - Throws: `ExplanationError` where the maps cannot be made again or the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    let drops = try await ConfidenceChange().measure(subjects, with: probe)
    let coherencies = try await Coherency.measure(subjects, with: probe)
    let maps = try await subjects.hostMaps()
    return subjects.targets.indices.map { target in
      guard let drop = drops[target].value, let coherency = coherencies[target].value else {
        return drops[target].value == nil ? drops[target] : coherencies[target]
      }
      let map = maps.rows(target..<target + 1).elements.map(Double.init).minMaxed
      let mean = map.reduce(0, +) / Double(map.count)
      return Measurement(
        harmonicMean(coherency, 1 - mean, 1 - drop),
        isDegenerate: drops[target].isDegenerate || coherencies[target].isDegenerate,
        parts: [
          .init("coherency", coherency), .init("complexity", mean), .init("drop", drop),
        ])
    }
  }

  /// The value and the three numbers it is made of.
  public func terms(of measurement: Measurement) -> [Term] {
    let numbers = [measurement.value, 1] + Self.parts.map { measurement.part($0) }
    return numbers.enumerated().map { Term($0, $1 ?? 0) }
  }

  /// The mean over images, or the harmonic mean of the three means.
  public func value(of sums: Sums) -> Double? {
    guard sums[1] > 0 else { return nil }
    guard chosen.choice("average", as: Average.self) == .dataset else { return sums[0] / sums[1] }
    let means = Self.parts.indices.map { sums[2 + $0] / sums[1] }
    return harmonicMean(means[0], 1 - means[1], 1 - means[2])
  }

  private static let parts = ["coherency", "complexity", "drop"]
}
