import Graphs
import Saliency

/// Deletion: how fast the score falls when pixels are taken from the image, the most important first.
///
/// s[k] = p(x with the first k shares of pixels replaced), AUC = (Σ s[k] − s[0]/2 − s[n]/2) / n
/// — Petsiuk, Das, Saenko, RISE, 2018, section 4.2.
///
/// In [0, 1] where scores are probabilities. Pixels that tie are taken in raster order.
public struct Deletion: Metric {
  /// The metric's name on the command line.
  public static let name = "deletion"

  /// It is set together with insertion.
  public static let family = PixelCurves.family

  /// Petsiuk, Das, Saenko, 2018.
  public static let citation = Citation(
    paper: "V. Petsiuk, A. Das, K. Saenko, RISE: Randomized Input Sampling for Explanation of"
      + " Black-box Models, BMVC 2018, arXiv 1806.07421",
    equations: [
      "x[k] = x with the first k pixels of the order taken from the substrate",
      "s[k] = p(x[k]);  AUC = ( sum_{k=0..n} s[k] - s[0]/2 - s[n]/2 ) / n",
    ],
    deviations: [
      "step=paper is 1 % of the pixels, 100 steps; the code of RISE changes 224 pixels for single"
        + " images and 1792 for its table, that of Group-CAM 448",
      "del=zero is what both codes do; the paper of Group-CAM says a strongly blurred image:"
        + " del=blur",
      "those codes sort by an unstable sort, so equal pixels have any order there",
    ])

  /// What can be set.
  public static let settings = PixelCurves.settings

  /// A steep fall is good.
  public static let direction = MetricDirection.lower

  /// The scores of changed images.
  public static let needs: MetricNeeds = .network

  private let chosen: Settings
  private let curves: PixelCurves

  /// The metric with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    chosen = try Settings(settings, of: Self.settings, method: Self.family)
    curves = PixelCurves(chosen)
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// A pass for each step and one for the start.
  public func costs(_ network: Graph) -> [MetricCost] { [curves.cost(.deletion, network)] }

  /// A blur needs images larger than half of it.
  public func obstacle(_ maker: Maker?, in network: Graph) -> String? {
    curves.obstacle(.deletion, in: network)
  }

  /// The area below each subject's curve, and the curve.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    try await curves.measure(.deletion, subjects, with: probe)
  }
}
