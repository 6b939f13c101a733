import Graphs
import Operators

/// Eigen-Grad-CAM: EigenCAM of gradient times activation, which knows the target.
///
/// M[p,k] = ∂y/∂A[k,p] · A[k,p];  v = first right singular vector of M;  L = M·v
public struct EigenGradCAM: ActivationExplainer {
  /// The method's name on the command line.
  public static let name = "eigen-grad-cam"

  /// Muhammad and Yeasin, 2020, with the gradients of pytorch-grad-cam.
  public static let citation = Citation(
    paper: "J. Gildenblat and contributors, pytorch-grad-cam (EigenGradCAM), after M. B. Muhammad,"
      + " M. Yeasin, Eigen-CAM, IJCNN 2020",
    equations: [
      "M[p,k] = g[k,p] * A[k,p], a row for each position;  M = U * D * V^T;  v = first column of V",
      "L = M * v;  S = minmax( bilinear( ReLU(L) ) );  g = dy/dA",
    ],
    deviations: [
      "the same as eigen-cam with weighted=true",
      "the sign of v is open: the entry of L of the largest magnitude is positive",
      "center=true takes the mean off each channel first, as pytorch-grad-cam does, which leaves"
        + " the sign to chance",
    ])

  /// What can be set.
  public static let settings: [Setting] = [PrincipalProjection.center] + Finish.settings

  /// The settings in force.
  public let chosen: Settings
  /// The common end.
  public let finish: Finish

  /// Eigen-Grad-CAM with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    var chosen = try Settings(settings, of: Self.settings, method: Self.name)
    finish = Finish(&chosen)
    self.chosen = chosen
  }

  private var projection: PrincipalProjection {
    PrincipalProjection(isCentered: chosen.flag("center"), isWeighted: true)
  }

  /// M·v, `[T, 1, u, v]`, before the ReLU.
  /// - Throws: `GraphError` where the layer does not fit.
  public func map(
    of evidence: LayerEvidence, _ network: Graph, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    try projection.map(of: evidence, in: &builder)
  }

  /// Why maps may be empty.
  public func emptyReasons(at place: String) -> EmptyReasons {
    projection.emptyReasons(at: place)
  }
}
