import Graphs
import Saliency

/// Insertion: how fast the score rises when pixels are put back into a blurred image, the most
/// important first.
///
/// s[k] = p(blurred x with the first k shares of pixels from x), AUC = (Σ s[k] − s[0]/2 − s[n]/2) / n
/// — Petsiuk, Das, Saenko, RISE, 2018, section 4.2.
///
/// In [0, 1] where scores are probabilities. Pixels that tie are put back in raster order.
public struct Insertion: Metric {
  /// The metric's name on the command line.
  public static let name = "insertion"

  /// It is set together with deletion.
  public static let family = PixelCurves.family

  /// Petsiuk, Das, Saenko, 2018.
  public static let citation = Citation(
    paper: "V. Petsiuk, A. Das, K. Saenko, RISE: Randomized Input Sampling for Explanation of"
      + " Black-box Models, BMVC 2018, arXiv 1806.07421",
    equations: [
      "x[k] = blur(x) with the first k pixels of the order taken from x",
      "s[k] = p(x[k]);  AUC = ( sum_{k=0..n} s[k] - s[0]/2 - s[n]/2 ) / n",
    ],
    deviations: [
      "step=paper is 1 % of the pixels, 100 steps; the code of RISE changes 224 pixels for single"
        + " images and 1792 for its table, that of Group-CAM 448",
      "ins=blur is the blur of Group-CAM, 51 pixels; ins=blur-rise the one of RISE, 11 pixels, zeros"
        + " outside: values of the two must not be compared",
      "those codes sort by an unstable sort, so equal pixels have any order there",
    ])

  /// What can be set.
  public static let settings = PixelCurves.settings

  /// A steep rise is good.
  public static let direction = MetricDirection.higher

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
  public func costs(_ network: Graph) -> [MetricCost] { [curves.cost(.insertion, network)] }

  /// Images must be larger than half the blur.
  public func obstacle(_ maker: Maker?, in network: Graph) -> String? {
    curves.obstacle(.insertion, in: network)
  }

  /// The area below each subject's curve, and the curve.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    try await curves.measure(.insertion, subjects, with: probe)
  }
}
