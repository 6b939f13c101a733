import Graphs
import Operators

/// EigenCAM: the positions of a layer, projected on its first principal direction.
///
/// It knows no target.
///
/// M[p,k] = A[k,p];  v = first right singular vector of M;  L = M·v     — Muhammad and Yeasin 2020
public struct EigenCAM: ActivationExplainer {
  /// The method's name on the command line.
  public static let name = "eigen-cam"

  /// Muhammad and Yeasin, 2020.
  public static let citation = Citation(
    paper: "M. B. Muhammad, M. Yeasin, Eigen-CAM: Class Activation Map using Principal Components,"
      + " IJCNN 2020",
    equations: [
      "M[p,k] = A[k,p], a row for each position;  M = U * D * V^T;  v = first column of V",
      "L = M * v;  S = minmax( bilinear( ReLU(L) ) )",
    ],
    deviations: [
      "the sign of v is open: the entry of L of the largest magnitude is positive",
      "v by power iteration on M^T * M from the vector of ones, in double precision where the"
        + " device has it: until it changes by less than 1e-10, or 1000 rounds",
      "center=true takes the mean off each channel first, as pytorch-grad-cam does, which leaves"
        + " the sign to chance",
      "weighted=true takes g * A for A: Eigen-Grad-CAM, the method eigen-grad-cam",
    ])

  /// What can be set.
  public static let settings: [Setting] =
    [
      PrincipalProjection.center,
      Setting("weighted", default: "false", .flag, "gradient times activation for activation"),
    ] + Finish.settings

  /// The settings in force.
  public let chosen: Settings
  /// The common end.
  public let finish: Finish

  /// EigenCAM with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    var chosen = try Settings(settings, of: Self.settings, method: Self.name)
    finish = Finish(&chosen)
    self.chosen = chosen
  }

  /// Gradients only where they weight the activations.
  public func usesGradients(for targets: [Target]) -> Bool { projection.isWeighted }

  private var projection: PrincipalProjection {
    PrincipalProjection(isCentered: chosen.flag("center"), isWeighted: chosen.flag("weighted"))
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

/// What EigenCAM and Eigen-Grad-CAM share: M·v of the activations at a layer.
struct PrincipalProjection {
  /// Whether the mean is taken off each channel first.
  var isCentered: Bool
  /// Whether activations are multiplied by their gradients first.
  var isWeighted: Bool

  static let center = Setting(
    "center", default: "false", .flag, "take the mean off each channel first")

  func map(
    of evidence: LayerEvidence, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    var stack = evidence.activations
    if isWeighted { stack = try builder.add(Multiply(), [stack, evidence.gradient()]) }
    if isCentered {
      let mean = try builder.add(ReduceMean(axes: [2, 3], keepsAxes: true), [stack])
      stack = try builder.add(Subtract(), [stack, mean])
    }
    return try builder.add(PrincipalMap(), [stack])
  }

  func emptyReasons(at place: String) -> EmptyReasons {
    let what = isWeighted ? "gradient times activation" : "every activation"
    return EmptyReasons(
      nowherePositive: "\(what) is 0 at layer \(place); try another layer",
      constant: "the projection is the same everywhere at layer \(place); try an earlier layer")
  }
}
