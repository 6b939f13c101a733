import Graphs
import Operators

/// HiResCAM: activations times their own gradients, nothing averaged.
///
/// L = ReLU( Σ_k ∂y/∂A[k] · A[k] ), element by element      — Draelos and Carin 2020, eq. 4
///
/// The same as Grad-CAM where global average pooling and a linear layer follow: gradients are then
/// constant over positions.
public struct HiResCAM: ActivationExplainer {
  /// The method's name on the command line.
  public static let name = "hires-cam"

  /// Draelos and Carin, 2020.
  public static let citation = Citation(
    paper: "R. L. Draelos, L. Carin, Use HiResCAM instead of Grad-CAM for faithful explanations of"
      + " convolutional neural networks, 2020, arXiv 2011.08891",
    equations: [
      "L = ReLU( sum_k dy/dA[k] * A[k] ), element by element",
      "S = minmax( bilinear(L) )",
    ],
    deviations: ["a map that is nowhere positive or constant is zeros and flagged"])

  /// What can be set.
  public static let settings: [Setting] = Finish.settings

  /// The settings in force.
  public let chosen: Settings
  /// The common end.
  public let finish: Finish

  /// HiResCAM with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    var chosen = try Settings(settings, of: Self.settings, method: Self.name)
    finish = Finish(&chosen)
    self.chosen = chosen
  }

  /// Σ_k g[k] · A[k], `[T, 1, u, v]`, before the ReLU.
  /// - Throws: `GraphError` where the layer does not fit.
  public func map(
    of evidence: LayerEvidence, _ network: Graph, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    try builder.summedOverChannels(
      builder.add(Multiply(), [evidence.activations, evidence.gradient()]))
  }

  /// Why maps may be empty.
  public func emptyReasons(at place: String) -> EmptyReasons {
    EmptyReasons(
      nowherePositive: "no sum of gradient times activation is positive at layer \(place): it holds"
        + " evidence against the target only; try target not:... or an earlier layer",
      constant: "the sum is the same everywhere at layer \(place); try an earlier layer")
  }
}
