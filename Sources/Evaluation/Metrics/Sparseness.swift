import Graphs
import Saliency

/// Sparseness: the Gini index of a map's magnitudes.
///
/// Gini = Σ_{i=1..n} (2i − n − 1) · a(i) / (n · Σ a), a(1) ≤ ... ≤ a(n) the magnitudes of n pixels
/// — Chalasani and others, Concise Explanations of Neural Networks using Adversarial Training, 2020.
///
/// In [0, 1 − 1/n]: 0 for a constant map, 1 − 1/n for one bright pixel. It depends on the size of the
/// map and on what a method sets to zero: maps of one size and kind compare.
public struct Sparseness: Metric {
  /// The metric's name on the command line.
  public static let name = "sparseness"

  /// Chalasani and others, 2020.
  public static let citation = Citation(
    paper: "P. Chalasani, J. Chen, A. R. Chowdhury, S. Jha, X. Wu, Concise Explanations of Neural"
      + " Networks using Adversarial Training, ICML 2020, arXiv 1810.06583",
    equations: [
      "Gini = sum_{i=1..n} (2i - n - 1) * a(i) / (n * sum a),  a = |S| in ascending order"
    ],
    deviations: [
      "equal to the paper's 1 - 2 * sum a(i) * (n - i + 0.5) / (n * sum a)",
      "Quantus divides by the maximum and adds 1e-7 to every pixel first; here nothing is added",
      "a map of zeros, where the formula is 0/0, has 0",
    ])

  /// There is nothing to set.
  public static let settings: [Setting] = []

  /// Sparse maps are called better.
  public static let direction = MetricDirection.higher

  /// The map is all that is read.
  public static let needs: MetricNeeds = []

  /// The metric.
  /// - Throws: `SettingError` where a setting is given.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    _ = try Settings(settings, of: Self.settings, method: Self.family)
  }

  /// There are none.
  public var resolvedSettings: [(name: String, value: String)] { [] }

  /// The index of each map.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    let maps = try await subjects.hostMaps()
    let empty = try await subjects.degenerate(with: probe)
    return subjects.targets.indices.map { target in
      let map = maps.rows(target..<target + 1).elements
      return Measurement(Self.gini(map), isDegenerate: empty[target])
    }
  }

  /// The Gini index of magnitudes, in double precision; 0 where all are 0.
  static func gini(_ map: [Float]) -> Double {
    let ascending = map.map { Double(abs($0)) }.sorted()
    let total = ascending.reduce(0, +)
    guard total > 0 else { return 0 }
    let count = Double(ascending.count)
    var sum = 0.0
    for (place, value) in ascending.enumerated() {
      sum += (2 * Double(place + 1) - count - 1) * value
    }
    return sum / (count * total)
  }
}
