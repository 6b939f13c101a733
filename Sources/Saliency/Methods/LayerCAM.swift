import Graphs
import Operators

/// Layer-CAM: each activation weighted by its own positive gradient.
///
/// L = ReLU( Σ_k ReLU(∂y/∂A[k]) · A[k] ), element by element      — Jiang et al. 2021, eq. 6 to 8
/// L ← tanh(γ · L / max L) for shallow layers                      — eq. 9
public struct LayerCAM: ActivationExplainer {
  /// The method's name on the command line.
  public static let name = "layer-cam"

  /// Jiang and others, 2021.
  public static let citation = Citation(
    paper: "P.-T. Jiang, C.-B. Zhang, Q. Hou, M.-M. Cheng, Y. Wei, LayerCAM: Exploring Hierarchical"
      + " Class Activation Maps for Localization, IEEE TIP 2021",
    equations: [
      "L = ReLU( sum_k ReLU(dy/dA[k]) * A[k] ), element by element   (eq. 6 to 8)",
      "L = tanh( gamma * L / max L ), where tanh = gamma is set       (eq. 9)",
      "S = minmax( bilinear(L) )",
    ],
    deviations: [
      "the paper rescales shallow layers with gamma = 2 and fuses layers by their maximum:"
        + " tanh=2, fuse=max; neither is on by default",
      "finish=torchcam rescales the min-maxed map, as torch-cam does where it fuses",
      "a map that is nowhere positive or constant is zeros and flagged",
    ])

  /// What can be set.
  public static let settings: [Setting] =
    [
      Setting(
        "tanh", default: "0", .number(0...100),
        "gamma of tanh(gamma * L / max L), 2 in the paper, for shallow layers; 0: off")
    ] + Finish.settings

  /// The settings in force.
  public let chosen: Settings
  /// The common end.
  public let finish: Finish

  /// Layer-CAM with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    var chosen = try Settings(settings, of: Self.settings, method: Self.name)
    finish = Finish(&chosen, gamma: Float(chosen.number("tanh")))
    self.chosen = chosen
  }

  /// Σ_k ReLU(g[k]) · A[k], `[T, 1, u, v]`, before the ReLU.
  /// - Throws: `GraphError` where the layer does not fit.
  public func map(
    of evidence: LayerEvidence, _ network: Graph, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let rising = try builder.add(ReLU(), [evidence.gradient()])
    return try builder.summedOverChannels(
      builder.add(Multiply(), [evidence.activations, rising]))
  }

  /// Why maps may be empty.
  public func emptyReasons(at place: String) -> EmptyReasons {
    EmptyReasons(
      nowherePositive: "no positive gradient meets a positive activation at layer \(place);"
        + " try target not:... or an earlier layer",
      constant: "the weighted sum is the same everywhere at layer \(place); try an earlier layer")
  }
}
