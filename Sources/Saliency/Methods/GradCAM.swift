import Execution
import Graphs
import Operators

/// Grad-CAM: activations weighted by how much the target grows with each channel.
///
/// α[k] = 1/Z · Σ_ij ∂y/∂A[k, i, j]       — Selvaraju et al. 2017, eq. 1
/// L = ReLU( Σ_k α[k] · A[k] )            — eq. 2
/// S = finish(L)
///
/// One forward and one backward pass from the target to the layer.
public struct GradCAM: Explainer {
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
  public static let settings: [Setting] = [
    .words("pool", Pool.self, "how a channel's gradient becomes its weight"),
    .words("reduce", Reduce.self, "how weighted channels become one map"),
    Setting("relu", default: "true", .flag, "cut negative evidence off"),
    .words("finish", Finish.Order.self, "order of normalising and upsampling, as in that code"),
    .words("resize", Finish.Resize.self, "upsampling; finish=raw aligns corners by default"),
    Setting("counterfactual", default: "false", .flag, "evidence against: weights negated"),
  ]

  private let chosen: Settings
  private let finish: Finish

  /// Grad-CAM with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    var chosen = try Settings(settings, of: Self.settings, method: Self.name)
    let order: Finish.Order = chosen.choice("finish")
    if order == .raw { chosen.setDefaults(["resize": Finish.Resize.alignCorners.rawValue]) }
    self.chosen = chosen
    finish = Finish(
      order: order, resize: chosen.choice("resize"), rectifies: chosen.flag("relu"))
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// The Keras tutorial resizes the map of the layer to the picture's own size.
  public var isDrawnAtOnce: Bool { finish.order == .blog }

  /// One forward and one backward pass; any network will do.
  public func needs(_ network: Graph) -> Needs {
    Needs(passes: Passes(forwards: 1, backwards: 1))
  }

  /// One map for each target.
  /// - Throws: `ExplanationError` where the layer does not fit or the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let evidence = try await probe.evidence(
      Query(targets: targets, activations: [layer], gradients: [layer]))
    guard let activations = evidence.activations[layer], let gradients = evidence.gradients[layer]
    else { throw .unknownLayer(layer, nearest: []) }
    let (height, width) = (probe.images.shape[2], probe.images.shape[3])
    let results = try await probe.compute([activations, gradients, evidence.outputs]) {
      (builder, inputs) throws(GraphError) in
      let map = try weightedSum(inputs[0], gradients: inputs[1], in: &builder)
      let end = try finish.apply(to: map, height: height, width: width, in: &builder)
      return [
        end.map, map, end.ranges, end.extremes, try builder.finiteCheck(inputs[2]),
        try builder.finiteCheck(inputs[0]), try builder.finiteCheck(inputs[1]),
      ]
    }
    return Explanation(
      maps: results[0], raw: results[1], ranges: results[2], extremes: results[3],
      checks: [
        ("logits", results[4]), ("activations of \(layer)", results[5]),
        ("gradients at \(layer)", results[6]),
      ],
      emptyReasons: emptyReasons(at: layer),
      passes: targets.map { _ in Passes(forwards: 1, backwards: 1) })
  }

  /// Σ_k α[k] · A[k], `[T, 1, u, v]`, before the ReLU.
  private func weightedSum(
    _ activations: Value, gradients: Value, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let pool: Pool = chosen.choice("pool")
    var weights = try builder.pooled(gradients, pool)
    if chosen.flag("counterfactual") {
      weights = try builder.add(Multiply(), [weights, builder.constant(-1)])
    }
    let sum = try builder.add(WeightedChannelSum(), [activations, weights])
    guard chosen.choice("reduce", as: Reduce.self) == .mean else { return sum }
    let channels = Float(builder.shape(of: activations)[1])
    return try builder.add(Divide(), [sum, builder.constant(channels)])
  }

  private func emptyReasons(at layer: LayerName) -> EmptyReasons {
    let sums =
      finish.order == .library ? "no weighted sum stands out" : "no weighted sum is positive"
    return EmptyReasons(
      nowherePositive: "\(sums) at layer \(layer): it holds evidence against the target only;"
        + " try target not:..., relu=false or an earlier layer",
      constant: "the weighted sum is the same everywhere at layer \(layer); try an earlier layer")
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
