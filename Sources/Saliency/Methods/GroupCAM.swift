import Execution
import Graphs
import Operators
import Tensors

/// Group-CAM: groups of weighted channels as masks, each weighted by what the network says of
/// the image seen through it.
///
/// α[k] = mean_ij ∂y/∂A[k, i, j],  M[l] = ReLU( Σ_{k in group l} α[k]·A[k] ),  M[l] kept where
/// above its θ-th percentile,  N[l] = minmax(up(M[l])),
/// s[l] = p(x·N[l] + blur(x)·(1 − N[l])) − p(blur(x)),  S = minmax( ReLU( Σ_l s[l]·N[l] ) )
/// — Zhang, Rao, Yang, Group-CAM: Group Score-Weighted Visual Explanations, 2021.
///
/// The baseline's score is mask 0 of the field, a mask of zeros, so that it shares forward runs.
/// Masks that are constant are skipped: no forward pass, score 0.
public struct GroupCAM: Explainer {
  /// The method's name on the command line.
  public static let name = "group-cam"

  /// Group-CAM, 2021.
  public static let citation = Citation(
    paper: "Q. Zhang, L. Rao, Y. Yang, Group-CAM: Group Score-Weighted Visual Explanations for"
      + " Deep Convolutional Networks, 2021, arXiv 2103.13859v4",
    equations: [
      "alpha[k] = mean_ij dy/dA[k,i,j];  M[l] = ReLU( sum_{k in group l} alpha[k] * A[k] )",
      "M[l] = M[l] where M[l] > percentile(M[l], theta), else 0;  N[l] = minmax( bilinear(M[l]) )",
      "s[l] = p( x*N[l] + blur(x)*(1 - N[l]) ) - p( blur(x) )",
      "S = minmax( ReLU( sum_l s[l] * N[l] ) )",
    ],
    deviations: [
      "variant=head is the published repository since August 2021: no percentile, each score"
        + " rectified, raw maps merged",
      "variant=fast is the paper's for training: 16 groups, no weights, no percentile, no"
        + " backward pass",
      "a constant group is skipped in every variant; the repository divides 0 by 0",
      "groups that do not divide the channels differ by one channel; split=chunk as in PyTorch",
      "cluster= groups channels by their weighted maps; k-means starts from distant centres, not"
        + " at random as the repository's library does, so that maps can be repeated",
    ])

  private let chosen: Settings
  let masks: GroupMasks
  let baseline: Baseline

  /// Group-CAM with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    var chosen = try Settings(settings, of: Self.settings, method: Self.name)
    switch chosen.choice("variant", as: Variant.self) {
    case .paper: break
    case .head: chosen.setDefaults(["theta": "0", "rectify": "each", "merge": "raw"])
    case .fast: chosen.setDefaults(["theta": "0", "groups": "16", "weights": "none"])
    }
    self.chosen = chosen
    masks = GroupMasks(
      groups: chosen.integer("groups"), theta: Float(chosen.number("theta")),
      scope: chosen.choice("theta-scope"), split: chosen.choice("split"),
      order: chosen.choice("norm-order"), clusters: Self.clusters(chosen))
    baseline = Baseline(
      chosen.choice("baseline"), size: chosen.integer("blur-size"),
      sigma: Float(chosen.number("blur-sigma")))
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// How maps of several layers become one; nil where each layer has its own map.
  public var fusion: Fusion? { Fusion(chosen) }

  /// Activations, and gradients where channels are weighted.
  public func query(_ targets: [Target], at layers: [LayerName]) -> Query? {
    Query(targets: targets, activations: layers, gradients: isWeighted ? layers : [])
  }

  /// The clean image, the baseline and every group; a backward pass where channels are weighted.
  public func needs(_ network: Graph) -> Needs {
    let shape = network.inputs.first.map { network[$0].shape } ?? []
    let obstacle = shape.rank == 4 ? baseline.obstacle(height: shape[2], width: shape[3]) : nil
    return Needs(
      passes: passes(masks: masks.groups + (subtractsBaseline ? 1 : 0)), obstacle: obstacle)
  }

  /// One map for each target.
  /// - Throws: `ExplanationError` where the layer or the images do not fit or the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let substitute = try await baseline.images(of: probe)
    let evidence = try await probe.evidence(
      Query(targets: targets, activations: [layer], gradients: isWeighted ? [layer] : []))
    guard let activations = evidence.activations[layer] else {
      throw .unknownLayer(layer, nearest: [])
    }
    let gradients = isWeighted ? evidence.gradients[layer] : nil
    let group = try await masks.fields(
      activations, gradients, withBaseline: subtractsBaseline, of: probe)
    let table = try await probe.scores(
      under: group.masks, baseline: substitute, targets, seeds: evidence.seeds)
    let isEach = chosen.choice("rectify", as: Rectify.self) == .each
    let weighted = try await probe.compute(
      [table, group.live, evidence.outputs, activations] + (gradients.map { [$0] } ?? [])
    ) { (builder, inputs) throws(GraphError) in
      let weights = try groupWeights(inputs[0], live: inputs[1], isEach, in: &builder)
      let watched = [inputs[0]] + inputs[2...]
      return [weights]
        + (try watched.map { value throws(GraphError) in
          try builder.finiteCheck(value)
        })
    }
    let isRaw = chosen.choice("merge", as: Merge.self) == .raw
    let sum = try await probe.merge(isRaw ? group.raw : group.masks, weights: weighted[0])
    let (height, width) = (sum.shape[2], sum.shape[3])
    let end = try await probe.compute([sum]) { (builder, inputs) throws(GraphError) in
      let end = try Finish().apply(to: inputs[0], height: height, width: width, in: &builder)
      return [end.map, end.ranges, end.extremes, try builder.add(ReLU(), inputs)]
    }
    let names = ["scores", "logits", "activations of \(layer)", "gradients at \(layer)"]
    return Explanation(
      maps: end[0], raw: end[3], ranges: end[1], extremes: end[2],
      checks: zip(names, weighted.dropFirst()).map { ($0, $1) }, scores: table, live: group.live,
      emptyReasons: emptyReasons(at: layer),
      passes: try await livePasses(group.live))
  }

  private static func clusters(_ chosen: Settings) -> Clusters.Way? {
    let isDrawn = chosen.choice("kmeans-init", as: FirstCentres.self) == .plusplus
    switch chosen.choice("cluster", as: Cluster.self) {
    case .none: return nil
    case .kmeans: return .kMeans(seed: isDrawn ? UInt64(max(0, chosen.integer("seed"))) : nil)
    case .ward: return .ward
    }
  }

  private var isWeighted: Bool { chosen.choice("weights", as: Weights.self) == .gradient }

  private var subtractsBaseline: Bool {
    chosen.choice("score", as: Score.self) == .probMinusBaseline
  }

  private func passes(masks: Int) -> Passes {
    Passes(forwards: masks + 1, backwards: isWeighted ? 1 : 0)
  }

  private func livePasses(
    _ live: any ResidentTensor
  ) async throws(ExplanationError) -> [Passes] {
    let live = try await engine { () async throws(BackendError) in try await live.download() }
    return (0..<live.shape[0]).map { target in
      passes(masks: live.rows(target..<target + 1).elements.count { $0 > 0 })
    }
  }

  /// s[l] = score of mask l less that of mask 0, or its ReLU; 0 for mask 0 and skipped masks.
  private func groupWeights(
    _ scores: Value, live: Value, _ isEach: Bool, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let count = builder.shape(of: scores)[1]
    let baseline = try builder.add(Slice(axis: 1, range: 0..<1), [scores])
    var gains = try builder.add(Subtract(), [scores, baseline])
    if isEach { gains = try builder.add(ReLU(), [gains]) }
    let isGroup = builder.constant(HostTensor<Float>([1, count]) { $0 == 0 ? 0 : 1 })
    return try builder.add(Multiply(), [gains, builder.add(Multiply(), [live, isGroup])])
  }

  private func emptyReasons(at layer: LayerName) -> EmptyReasons {
    EmptyReasons(
      nowherePositive: "no group of channels at layer \(layer) raises the score above the"
        + " baseline's; try baseline=zero, more groups or another layer",
      constant: "the groups at layer \(layer) add up to the same everywhere; try more groups or"
        + " an earlier layer",
      noMask: "no group of channels at layer \(layer) speaks for the target: all masks are"
        + " constant; try target not:... or an earlier layer")
  }
}
