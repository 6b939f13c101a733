import Execution
import Graphs
import Operators
import Tensors

/// FullGrad: what the image and every constant of the network add to the target.
///
/// S = Σ_c ψ(x · ∂y/∂x)[c] + Σ_l Σ_k ψ(β[l] · g[l])[k], ψ(v) = resize( minmax(|v|) )
/// — Srinivas and Fleuret 2019, eq. 7
///
/// β is what layer l adds to channel k, a bias or that of a batch normalisation, g its gradient. One
/// forward and one backward pass. A note tells how far x · ∂y/∂x and all β · g together are from y:
/// little for the logit of a network of ReLUs, pooling and linear layers, and for no other.
public struct FullGrad: Explainer {
  /// Whose code is followed.
  public enum Variant: String, Sendable, Hashable, CaseIterable {
    /// The authors': constants times gradients, each tensor scaled as a whole.
    case official
    /// pytorch-grad-cam: each channel scaled alone, the sum once more.
    case library
    /// The authors' simple variant: gradients alone at the same layers.
    case simple
  }

  /// The method's name on the command line.
  public static let name = "full-grad"

  /// Srinivas and Fleuret, 2019.
  public static let citation = Citation(
    paper: "S. Srinivas, F. Fleuret, Full-Gradient Representation for Neural Network"
      + " Visualization, NeurIPS 2019, arXiv 1905.00780",
    equations: [
      "y = sum(x * dy/dx) + sum_l sum_kij beta[l,k] * g[l,k,i,j]   (eq. 4)",
      "beta = bias of a convolution; b - w * mean / sqrt(var + eps) of a batch norm",
      "S = sum_c psi(x * dy/dx)[c] + sum_l sum_k psi(beta[l] * g[l])[k],"
        + "  psi(v) = resize(minmax(|v|))   (eq. 7)",
    ],
    deviations: [
      "variant=library scales each channel alone, so that one with a tiny bias weighs as much as"
        + " one with a large one",
      "variant=simple leaves the constants out at layers, as the authors' code of that name",
      "denominators have no epsilon; what is constant is zeros",
      "layers are those of the file: a batch norm that was folded into a convolution with a bias"
        + " gives one term, not two",
    ])

  /// What can be set.
  public static let settings: [Setting] = [
    .words("variant", Variant.self, "whose code is followed"),
    Setting(
      "resize", default: Finish.Resize.alignCorners.rawValue,
      .choice(["bilinear", "align-corners"]),
      "how maps of layers are enlarged; variant=library does not align corners by default"),
  ]

  private let chosen: Settings

  /// FullGrad with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    var chosen = try Settings(settings, of: Self.settings, method: Self.name)
    if chosen.choice("variant", as: Variant.self) == .library {
      chosen.setDefaults(["resize": "bilinear"])
    }
    self.chosen = chosen
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// All layers that add a constant are read, and no other.
  public var readsLayer: Bool { false }

  /// A raw sum, shown between its minimum and maximum.
  public var gradientDisplay: GradientDisplayStyle? { .groupcam }

  /// One forward and one backward pass; any network will do.
  public func needs(_ network: Graph) -> Needs { Needs(passes: passes) }

  private var passes: Passes { Passes(forwards: 1, backwards: 1) }
  private var variant: Variant { chosen.choice("variant") }

  private var terms: BiasTerms {
    BiasTerms(
      scope: variant == .library ? .channel : .tensor, multiplies: variant != .simple,
      alignsCorners: chosen.text("resize") == "align-corners")
  }

  /// One map for each target.
  /// - Throws: `ExplanationError` where the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let terms = terms
    let evidence = try await probe.evidence(
      Query(
        targets: targets, activations: [.image], gradients: [.image], biases: terms))
    guard let images = evidence.activations[.image], let biases = evidence.biases else {
      throw .unknownLayer(.image, nearest: [])
    }
    let isLibrary = variant == .library
    let results = try await probe.compute(
      [images, evidence.imageGradient, biases.map, evidence.outputs]
    ) { (builder, inputs) throws(GraphError) in
      let product = try builder.add(Multiply(), [inputs[0], inputs[1]])
      let sum = try builder.add(Add(), [terms.scaled(product, in: &builder), inputs[2]])
      let map = isLibrary ? try builder.minMax(sum, epsilon: 0x1p-100) : sum
      return [
        map, sum, try builder.range(of: sum), try builder.range(of: map),
        try builder.finiteCheck(inputs[3]), try builder.finiteCheck(product), product,
        try builder.finiteCheck(inputs[2]),
      ]
    }
    let notes = try await Completeness.notes(
      of: results[6], after: evidence.differentiated, before: biases.total, with: probe)
    let zero = "the target does not change with the image or with any constant of the network"
    return Explanation(
      maps: results[0], raw: results[1], ranges: results[2], extremes: results[3],
      checks: [
        ("logits", results[4]), ("gradients at the image", results[5]),
        ("gradients at layers", results[7]),
      ],
      emptyReasons: EmptyReasons(nowherePositive: zero, constant: zero), notes: notes,
      passes: targets.map { _ in passes })
  }
}
