import Graphs
import Operators

/// Grad-CAM: activations weighted by how much the target grows with each channel.
///
/// α[k] = 1/Z · Σ_ij ∂y/∂A[k, i, j]       — Selvaraju et al. 2017, eq. 1
/// L = ReLU( Σ_k α[k] · A[k] )            — eq. 2
/// S = finish(L)
///
/// One forward and one backward pass from the target to the layer.
public struct GradCAM: ActivationExplainer {
  /// How a channel's gradient becomes its weight.
  public enum Pool: String, Sendable, Hashable, CaseIterable {
    /// The mean over positions, as in the paper.
    case mean
    /// The sum over positions, as in the authors' Torch7 code.
    case sum
  }

  /// How weighted channels become one map.
  public enum Reduce: String, Sendable, Hashable, CaseIterable {
    /// Their sum, as in the paper.
    case sum
    /// Their mean, as in the Keras blog.
    case mean
  }

  /// The method's name on the command line.
  public static let name = "grad-cam"

  /// Selvaraju and others, 2017.
  public static let citation = Citation(
    paper: "R. R. Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via"
      + " Gradient-based Localization, ICCV 2017",
    equations: [
      "alpha[k] = 1/Z * sum_ij dy/dA[k,i,j]   (eq. 1)",
      "L = ReLU( sum_k alpha[k] * A[k] )      (eq. 2)",
      "S = minmax( bilinear(L) )",
    ],
    deviations: [
      "the paper leaves the normalisation open; finish= chooses that of a published code",
      "the Torch7 code sums gradients (pool=sum); the Keras blog averages channels (reduce=mean)",
      "a map that is nowhere positive or constant is zeros and flagged, not NaN",
    ])

  /// What can be set.
  public static let settings: [Setting] =
    [
      .words("pool", Pool.self, "how a channel's gradient becomes its weight"),
      .words("reduce", Reduce.self, "how weighted channels become one map"),
      Setting("relu", default: "true", .flag, "cut negative evidence off"),
      Setting("counterfactual", default: "false", .flag, "evidence against: weights negated"),
    ] + Finish.settings

  /// The settings in force.
  public let chosen: Settings
  /// The common end.
  public let finish: Finish

  /// Grad-CAM with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    var chosen = try Settings(settings, of: Self.settings, method: Self.name)
    finish = Finish(&chosen, rectifies: chosen.flag("relu"))
    self.chosen = chosen
  }

  /// Σ_k α[k] · A[k], `[T, 1, u, v]`, before the ReLU.
  /// - Throws: `GraphError` where the layer does not fit.
  public func map(
    of evidence: LayerEvidence, _ network: Graph, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    var weights = try builder.pooled(evidence.gradient(), chosen.choice("pool"))
    if chosen.flag("counterfactual") {
      weights = try builder.add(Multiply(), [weights, builder.constant(-1)])
    }
    let sum = try builder.add(WeightedChannelSum(), [evidence.activations, weights])
    guard chosen.choice("reduce", as: Reduce.self) == .mean else { return sum }
    let channels = Float(builder.shape(of: evidence.activations)[1])
    return try builder.add(Divide(), [sum, builder.constant(channels)])
  }

  /// Why maps may be empty.
  public func emptyReasons(at place: String) -> EmptyReasons {
    let sums =
      finish.order == .library ? "no weighted sum stands out" : "no weighted sum is positive"
    return EmptyReasons(
      nowherePositive: "\(sums) at layer \(place): it holds evidence against the target only;"
        + " try target not:..., relu=false or an earlier layer",
      constant: "the weighted sum is the same everywhere at layer \(place); try an earlier layer")
  }
}

extension GraphBuilder {
  /// α: the mean or sum over positions, `[T, C, 1, 1]` from `[T, C, u, v]`.
  mutating func pooled(_ gradients: Value, _ pool: GradCAM.Pool) throws(GraphError) -> Value {
    switch pool {
    case .mean: try add(ReduceMean(axes: [2, 3], keepsAxes: true), [gradients])
    case .sum: try add(ReduceSum(axes: [2, 3], keepsAxes: true), [gradients])
    }
  }
}
