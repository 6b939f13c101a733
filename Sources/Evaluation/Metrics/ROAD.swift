import Graphs
import Saliency

/// ROAD, remove and debias: what removing the most important pixels costs, and the least important.
///
/// Pixels above a percentile are removed, filled in from their neighbours with some noise, and the
/// score is compared with the clean image's: MoRF the most important first, LeRF the least;
/// (LeRF − MoRF) / 2 — Rong, Leemann, Borisov, Kasneci, Kasneci, A Consistent and Efficient
/// Evaluation Strategy for Attribution Methods, 2022.
///
/// In [−0.5, 0.5] where scores are probabilities. The same noise serves every percentile, order and
/// image, so that the comparison is paired.
public struct ROAD: Metric {
  /// The metric's name on the command line.
  public static let name = "road"

  /// Rong and others, 2022.
  public static let citation = Citation(
    paper: "Y. Rong, T. Leemann, V. Borisov, G. Kasneci, E. Kasneci, A Consistent and Efficient"
      + " Evaluation Strategy for Attribution Methods, ICML 2022, arXiv 2202.00449",
    equations: [
      "u[q] = mean of the neighbours of q, weights 1/6 beside and 1/12 across a corner, + noise",
      "MoRF = mean_p ( s(x'_MoRF,p) - s(x) );  LeRF likewise;  combined = (LeRF - MoRF) / 2",
    ],
    deviations: [
      "percentiles 20, 40, 60, 80 as in the documentation of pytorch-grad-cam; its classes take"
        + " 10 to 90",
      "select=rank removes an exact share and draws lots among ties; pytorch-grad-cam removes every"
        + " tie: select=threshold",
      "noise is measured after normalisation as in pytorch-grad-cam; the authors' code before it:"
        + " space=image",
      "a level that removes every pixel leaves zeros, with noise, and is counted as emptied",
      "the equations are solved by conjugate gradients in single precision on the device, to 1e-7"
        + " of the right side",
    ])

  /// What can be set.
  public static let settings = RemoveAndDebias.settings

  /// A large difference between both orders is good.
  public static let direction = MetricDirection.higher

  /// The scores of changed images.
  public static let needs: MetricNeeds = .network

  private let chosen: Settings
  private let road: RemoveAndDebias

  /// The metric with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    chosen = try Settings(settings, of: Self.settings, method: Self.family)
    road = RemoveAndDebias(chosen)
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// A pass for each percentile and order.
  public func costs(_ network: Graph) -> [MetricCost] { [road.cost] }

  /// The number of each subject, both orders as parts, and the change at each percentile.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    try await road.measure(subjects, with: probe)
  }
}
