import Graphs
import Operators

/// XGrad-CAM: a channel's weight is its gradient, averaged under its own activations.
///
/// α[k] = Σ_ij g[k,i,j] · A[k,i,j] / Σ_ab A[k,a,b], 0 where that sum is 0   — Fu et al. 2020, eq. 8
/// L = ReLU( Σ_k α[k] · A[k] )
public struct XGradCAM: ActivationExplainer {
  /// The method's name on the command line.
  public static let name = "xgrad-cam"

  /// Fu and others, 2020.
  public static let citation = Citation(
    paper: "R. Fu, Q. Hu, X. Dong, Y. Guo, Y. Gao, B. Li, Axiom-based Grad-CAM: Towards Accurate"
      + " Visualization and Explanation of CNNs, BMVC 2020",
    equations: [
      "alpha[k] = sum_ij g[k,i,j] * A[k,i,j] / sum_ab A[k,a,b];  g = dy/dA   (eq. 8)",
      "L = ReLU( sum_k alpha[k] * A[k] );  S = minmax( bilinear(L) )",
    ],
    deviations: [
      "a channel whose activations sum to 0 has weight 0; pytorch-grad-cam adds 1e-7 to the sum,"
        + " torch-cam 1e-8"
    ])

  /// What can be set.
  public static let settings: [Setting] = Finish.settings

  /// The settings in force.
  public let chosen: Settings
  /// The common end.
  public let finish: Finish

  /// XGrad-CAM with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    var chosen = try Settings(settings, of: Self.settings, method: Self.name)
    finish = Finish(&chosen)
    self.chosen = chosen
  }

  /// Σ_k α[k] · A[k], `[T, 1, u, v]`, before the ReLU.
  /// - Throws: `GraphError` where the layer does not fit.
  public func map(
    of evidence: LayerEvidence, _ network: Graph, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let product = try builder.add(
      Multiply(), [evidence.activations, evidence.gradient()])
    let weights = try builder.quotient(
      builder.summedOverPositions(product),
      builder.summedOverPositions(evidence.activations))
    return try builder.add(WeightedChannelSum(), [evidence.activations, weights])
  }

  /// Why maps may be empty.
  public func emptyReasons(at place: String) -> EmptyReasons {
    EmptyReasons(
      nowherePositive: "no weighted sum is positive at layer \(place): it holds evidence against"
        + " the target only; try target not:... or an earlier layer",
      constant: "the weighted sum is the same everywhere at layer \(place); try an earlier layer")
  }
}
