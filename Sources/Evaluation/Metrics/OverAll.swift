import Graphs
import Saliency

/// Over-all: the area below the insertion curve less that below the deletion curve.
///
/// — Zhang, Rao, Yang, Group-CAM, 2021, section 4.2. In [−1, 1] where scores are probabilities. It
/// reads the curves of `insertion` and `deletion`: asked for together they are made once.
public struct OverAll: Metric {
  /// The metric's name on the command line.
  public static let name = "over-all"

  /// It is set together with insertion and deletion.
  public static let family = PixelCurves.family

  /// Zhang, Rao, Yang, 2021.
  public static let citation = Citation(
    paper: "Q. Zhang, L. Rao, Y. Yang, Group-CAM: Group Score-Weighted Visual Explanations for"
      + " Deep Convolutional Networks, 2021, arXiv 2103.13859v4",
    equations: [
      "over-all = AUC(insertion) - AUC(deletion)"
    ],
    deviations: [
      "the curves are those of RISE: see insertion and deletion"
    ])

  /// What can be set.
  public static let settings = PixelCurves.settings

  /// A map that is good at both is good.
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

  /// The passes of both.
  public func costs(_ network: Graph) -> [MetricCost] {
    [curves.cost(.insertion, network), curves.cost(.deletion, network)]
  }

  /// A blur needs images larger than half of it.
  public func obstacle(_ maker: Maker?, in network: Graph) -> String? {
    curves.obstacle(.insertion, in: network) ?? curves.obstacle(.deletion, in: network)
  }

  /// The difference of each subject's areas, and both curves.
  /// - Throws: `ExplanationError` where the engine fails.
  public func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement] {
    let insertions = try await curves.measure(.insertion, subjects, with: probe)
    let deletions = try await curves.measure(.deletion, subjects, with: probe)
    return zip(insertions, deletions).map { insertion, deletion in
      guard let rise = insertion.value, let fall = deletion.value else {
        return insertion.value == nil ? insertion : deletion
      }
      return Measurement(
        rise - fall, isDegenerate: insertion.isDegenerate,
        parts: [.init("insertion", rise), .init("deletion", fall)],
        curves: insertion.curves + deletion.curves)
    }
  }
}
