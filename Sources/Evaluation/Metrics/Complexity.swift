import Graphs
import Operators
import Saliency

/// Complexity: the entropy of a map's magnitudes.
///
/// −Σ q ln q, q = |S| / Σ|S| — Bhatt, Weller, Moura, Evaluating and Aggregating Feature-based Model
/// Explanations, 2020, equation 3. In [0, ln n] nats, n the number of pixels: 0 for one bright pixel,
/// ln n for a constant map. It depends on the size of the map: maps of one size compare.
public struct Complexity: Metric {
  /// The metric's name on the command line.
  public static let name = "complexity"

  /// Bhatt, Weller, Moura, 2020.
  public static let citation = Citation(
    paper: "U. Bhatt, A. Weller, J. M. F. Moura, Evaluating and Aggregating Feature-based Model"
      + " Explanations, IJCAI 2020, arXiv 2005.00631",
    equations: ["entropy = - sum q ln q,  q = |S| / sum |S|,  0 ln 0 = 0"],
    deviations: [
      "normalised=true divides by ln n",
      "Quantus adds 1e-7 to every pixel; here nothing is added",
      "a map of zeros, where the formula is 0/0, has ln n",
    ])

  /// What can be set.
  public static let settings: [Setting] = [
    Setting("normalised", default: "false", .flag, "divided by its largest value, ln n")
  ]

  /// Simple maps are called better.
  public static let direction = MetricDirection.lower

  /// The map is all that is read.
  public static let needs: MetricNeeds = []

  private let chosen: Settings

  /// The metric with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    chosen = try Settings(settings, of: Self.settings, method: Self.family)
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// The entropy of each map.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    let maps = try await subjects.hostMaps()
    let empty = try await subjects.degenerate(with: probe)
    return subjects.targets.indices.map { target in
      let map = maps.rows(target..<target + 1).elements
      let entropy = Self.entropy(map)
      let largest = naturalLogarithm(Double(map.count))
      let isDivided = chosen.flag("normalised") && largest > 0
      return Measurement(isDivided ? entropy / largest : entropy, isDegenerate: empty[target])
    }
  }

  /// The entropy of magnitudes in nats, in double precision; its largest value where all are 0.
  static func entropy(_ map: [Float]) -> Double {
    let magnitudes = map.map { Double(abs($0)) }
    let total = magnitudes.reduce(0, +)
    guard total > 0 else { return naturalLogarithm(Double(map.count)) }
    return magnitudes.reduce(0) { sum, value in
      let share = value / total
      return share > 0 ? sum - share * naturalLogarithm(share) : sum
    }
  }
}
