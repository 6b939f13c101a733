import Execution
import Graphs
import Operators

/// TSGB: a gradient that balances the evidence of the last layer and then follows activations only.
///
/// last linear layer: Gx[j] = Σ_o G[o]·(W⁺[o,j] + β[o]·W⁻[o,j]),  β = scale·(W⁺x) / |W⁻x|
/// convolution:       q = Σ_c G[c]·o[c],  Gx = sign(x)·onesᵀ( q / (ones(Σ|x|) + 1e-10) )
/// map:               S = Σ_c x[c]·Gx[c]
/// — arithmetic of the code that Cheng and others released with their paper of 2022.
///
/// Balancing the last layer cancels what the class shares with others: on a network that ends in
/// global average pooling and one linear layer, Σ S = (1 − scale)·P of the class. One forward and
/// one backward pass under rules of its own, `TSGBRule`.
public struct TSGB: Explainer {
  /// How far negative weights of the last layer are stretched.
  public enum Beta: String, Sendable, Hashable, CaseIterable {
    /// P / N; 0 where N is 0.
    case released
    /// (P + 1) / (N + 1e-10), as in an earlier build.
    case early
  }

  /// What a convolution in groups hands its relevance to.
  public enum Grouped: String, Sendable, Hashable, CaseIterable {
    /// All channels in its window.
    case mix
    /// The channels of the same group.
    case perGroup = "per-group"
  }

  /// The method's name on the command line.
  public static let name = "tsgb"

  /// Cheng and others, 2022.
  public static let citation = Citation(
    paper: "L. Cheng et al., TSGB: Target-Selective Gradient Backprop for Probing CNN Visual"
      + " Saliency, IEEE Transactions on Image Processing 31, 2022, arXiv 2110.05182v2",
    equations: [
      "x, o: what a layer reads and gives;  W+, W-: its positive and negative weights;",
      "G, Gx: the signal of the way back at o and x, 1 at the target;  S: the map",
      "last linear layer: Gx[j] = sum_o G[o] * ( W+[o,j] + beta[o] * W-[o,j] )",
      "beta[o] = scale * P[o] / N[o];  P = W+ x,  N = |W- x|",
      "convolution: q = sum_c G[c]*o[c];  D = conv( sum_c |x[c]|, ones )",
      "Gx[c] = sign(x[c]) * convT( q / (D + 1e-10), ones )",
      "batch-norm: R = G*o unchanged;  average pool: R spread evenly;  others: the derivative",
      "S = sum_c x[c] * Gx[c]",
    ],
    deviations: [
      "the rules are those of the released code; the text of the paper may differ",
      "a comment of that code names scale=0.75 for residual networks; an earlier build beta=early",
      "N = 0 makes beta 0, where the code divides by zero; an activation of 0 has relevance 0",
      "a batch-norm and an average pool behind a convolution are composed with it, not divided by",
      "a last linear layer whose input may be negative is an error: P and N lose their meaning",
      "pictures show the positive part up to its 99th percentile, where the code divides by the maximum",
    ])

  /// What can be set.
  public static let settings: [Setting] = [
    Setting(
      "scale", default: "1.0", .number(0...10),
      "how far negative evidence is stretched towards the positive (a comment: 0.75 for ResNet)"),
    .words("grouped", Grouped.self, "what a convolution in groups hands its relevance to"),
    .words("beta", Beta.self, "how the stretch is computed"),
    Setting("readout", default: "input", .layer, "where the relevance is read"),
  ]

  private let chosen: Settings

  /// TSGB with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    chosen = try Settings(settings, of: Self.settings, method: Self.name)
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// The layer of the run is not read; `readout` names one.
  public var readsLayer: Bool { false }

  /// Relevance for the target.
  public var evidenceRange: EvidenceRange { .positive }

  /// One forward and one backward pass, and a last linear layer behind something non-negative.
  public func needs(_ network: Graph) -> Needs {
    var obstacle: String?
    do throws(ExplanationError) {
      _ = try network.activationShape(of: readout)
    } catch {
      obstacle = "\(error); try readout=input, or a layer that salient layers lists"
    }
    do throws(ExplanationError) {
      _ = try rules(for: network)
    } catch {
      obstacle = error.description
    }
    return Needs(passes: Passes(forwards: 1, backwards: 1), obstacle: obstacle)
  }

  /// One map for each target.
  /// - Throws: `ExplanationError` where the network does not suit or the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let rules = try rules(for: probe.network)
    let readout = readout
    guard let place = probe.network.value(of: readout) else {
      throw .unknownLayer(readout, nearest: [])
    }
    let isImage = probe.network.inputs.contains(place)
    let evidence = try await probe.evidence(
      Query(
        targets: targets, activations: isImage ? [] : [readout], gradients: [readout],
        rules: RuleBook([rules])))
    guard let gradients = evidence.gradients[readout] else {
      throw .unknownLayer(readout, nearest: [])
    }
    let values: any ResidentTensor
    if let activations = evidence.activations[readout] {
      values = activations
    } else {
      values = try await probe.take(targets.map(\.image), of: probe.images)
    }
    let isRelevance = rules.carriesRelevance(place, in: probe.network)
    let (height, width) = (probe.images.shape[2], probe.images.shape[3])
    let finish = Finish(order: .raw, resize: .halfPixel, rectifies: false)
    let results = try await probe.compute([values, gradients, evidence.outputs]) {
      (builder, inputs) throws(GraphError) in
      let relevance =
        isRelevance ? inputs[1] : try builder.add(Multiply(), [inputs[0], inputs[1]])
      let map = try builder.add(ReduceSum(axes: [1], keepsAxes: true), [relevance])
      let end = try finish.apply(to: map, height: height, width: width, in: &builder)
      return [
        end.map, map, end.ranges, end.extremes, try builder.finiteCheck(inputs[2]),
        try builder.finiteCheck(inputs[1]),
      ]
    }
    return Explanation(
      maps: results[0], raw: results[1], ranges: results[2], extremes: results[3],
      checks: [("logits", results[4]), ("pseudo-gradients at \(readout)", results[5])],
      emptyReasons: EmptyReasons(
        nowherePositive: "no relevance reaches \(readout): nothing that is active speaks for the"
          + " target in the last linear layer; try another target",
        constant: "the relevance is the same everywhere at \(readout); try an earlier layer"),
      passes: targets.map { _ in Passes(forwards: 1, backwards: 1) })
  }

  private var readout: LayerName { LayerName(chosen.text("readout")) }

  private func rules(for network: Graph) throws(ExplanationError) -> TSGBRule {
    let layout = try NetworkLayout(network)
    return TSGBRule(
      last: try network.lastLinearLayer(before: layout.logits),
      scale: Float(chosen.number("scale")), beta: chosen.choice("beta"),
      grouped: chosen.choice("grouped"))
  }
}
