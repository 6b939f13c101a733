import Execution
import Graphs
import Operators
import Tensors

/// Score-CAM: every channel of a layer as a mask, weighted by what the network says of the image
/// seen through it.
///
/// U[k] = up(A[k]),  H[k] = minmax(U[k]),  s[k] = p(x·H[k]),  S = minmax( ReLU( Σ_k s[k]·U[k] ) )
/// — Wang et al., Score-CAM: Score-Weighted Visual Explanations, 2020, as their code computes it.
///
/// No backward pass. The masks do not depend on the target, so all targets of an image share its
/// forward passes. A channel that is constant is skipped: no pass, score 0.
public struct ScoreCAM: Explainer {
  /// Whose description is followed.
  public enum Variant: String, Sendable, Hashable, CaseIterable {
    /// The authors' code: the probability is the weight, upsampled maps are summed.
    case official
    /// The paper: a softmax over the channels' gains, small maps are summed.
    case paper
    /// pytorch-grad-cam: as the paper, aligned corners, constant channels kept.
    case library
    /// torch-cam: as the paper, channels normalised before they are upsampled, constant ones kept.
    case torchcam
  }

  /// The method's name on the command line.
  public static let name = "score-cam"

  /// Score-CAM, 2020.
  public static let citation = Citation(
    paper: "H. Wang et al., Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural"
      + " Networks, CVPR Workshops 2020, arXiv 1910.01279",
    equations: [
      "U[k] = bilinear(A[k]);  H[k] = minmax(U[k]);  s[k] = p( x*H[k] )",
      "S = minmax( ReLU( sum_k s[k] * U[k] ) )                       (variant=official)",
      "w = softmax_k( y(x*H[k]) - y(baseline) );  S = minmax( bilinear( ReLU( sum_k w[k] * A[k] ) ) )"
        + "   (eq. 2-4, variant=paper)",
    ],
    deviations: [
      "the authors' code weights by probabilities and sums upsampled maps; the paper says softmax"
        + " over channels and small maps (variant=paper)",
      "variant=library is pytorch-grad-cam: logits, masks with aligned corners, denominator +1e-8,"
        + " constant channels kept, finish=library; variant=torchcam is torch-cam: logits, channels"
        + " normalised before upsampling, constant ones kept, finish=torchcam",
      "a softmax over channels does not change with the baseline's score; it is computed all the"
        + " same, to be seen in the scores",
      "channels=N keeps the N channels that vary most over space (faster Score-CAM); the rest"
        + " count as skipped",
    ])

  /// What can be set.
  public static let settings: [Setting] = [
    .words("variant", Variant.self, "whose description is followed"),
    Setting(
      "channels", default: "0", .integer(0...65_536),
      "use only so many channels, those that vary most; 0: all"),
    Setting(
      "baseline", default: "zero", .choice(Baseline.Kind.allCases.map(\.rawValue)),
      "what shows where a mask hides the image"),
  ]

  private let chosen: Settings
  private let variant: Variant
  private let baseline: Baseline
  private let masks: ChannelMasks

  /// Score-CAM with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown or out of range.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    chosen = try Settings(settings, of: Self.settings, method: Self.name)
    variant = chosen.choice("variant")
    baseline = Baseline(chosen.choice("baseline"))
    masks = ChannelMasks(
      most: chosen.integer("channels"),
      order: variant == .library ? .library : variant == .torchcam ? .torchcam : .standard,
      hasBaseline: variant == .paper)
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// The masks do not depend on the target.
  public var sharesPasses: Bool { true }

  /// The clean image and every channel; the paper's variant also the baseline.
  public func needs(_ network: Graph) -> Needs {
    let shape = network.inputs.first.map { network[$0].shape } ?? []
    let all = network.channelsOfLastMaps
    let most = chosen.integer("channels")
    return Needs(
      passes: passes(masks: (most > 0 ? min(most, all) : all) + (variant == .paper ? 1 : 0)),
      obstacle: shape.rank == 4 ? baseline.obstacle(height: shape[2], width: shape[3]) : nil)
  }

  /// One map for each target.
  /// - Throws: `ExplanationError` where the layer or the images do not fit or the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let substitute = try await baseline.images(of: probe)
    let views = try await probe.views(for: targets, activations: [layer])
    guard let activations = views.activations[layer] else {
      throw .unknownLayer(layer, nearest: [])
    }
    let rows = views.rows(of: targets)
    let fields = try await masks.fields(activations, images: views.images, of: probe)
    let table = try await probe.scores(
      under: fields.masks, baseline: substitute, targets.map(scored), seeds: views.seeds)
    let live = try await probe.take(rows, of: fields.live)
    let weighted = try await probe.compute([table, live]) { (builder, inputs) throws(GraphError) in
      [
        try channelWeights(inputs[0], live: inputs[1], in: &builder),
        try builder.finiteCheck(inputs[0]),
      ]
    }
    let watched = try await probe.compute([views.outputs, activations]) {
      (builder, inputs) throws(GraphError) in
      [try builder.finiteCheck(inputs[0]), try builder.finiteCheck(inputs[1])]
    }
    let (height, width) = (probe.images.shape[2], probe.images.shape[3])
    let sum = try await probe.merge(
      fields.maps, weights: weighted[0], fields: rows,
      size: variant == .official
        ? (height, width) : (activations.shape[2], activations.shape[3]))
    let finish = Finish(
      order: variant == .library ? .library : variant == .torchcam ? .torchcam : .standard)
    let end = try await probe.compute([sum]) { (builder, inputs) throws(GraphError) in
      let end = try finish.apply(to: inputs[0], height: height, width: width, in: &builder)
      return [end.map, end.ranges, end.extremes, try builder.add(ReLU(), inputs)]
    }
    return Explanation(
      maps: end[0], raw: end[3], ranges: end[1], extremes: end[2],
      checks: [
        ("scores", weighted[1]), ("logits", try await probe.take(rows, of: watched[0])),
        ("activations of \(layer)", try await probe.take(rows, of: watched[1])),
      ],
      scores: table, live: live, emptyReasons: emptyReasons(at: layer),
      passes: try await livePasses(live))
  }

  /// The authors weight by probabilities, the paper by logits.
  private func scored(_ target: Target) -> Target {
    var target = target
    if variant != .official { target.score = .value }
    return target
  }

  private func passes(masks: Int) -> Passes { Passes(forwards: masks + 1) }

  private func livePasses(
    _ live: any ResidentTensor
  ) async throws(ExplanationError) -> [Passes] {
    let live = try await engine { () async throws(BackendError) in try await live.download() }
    return (0..<live.shape[0]).map { target in
      passes(masks: live.rows(target..<target + 1).elements.count { $0 > 0 })
    }
  }

  /// s[k], or its softmax over the live channels; 0 for mask 0 and skipped channels.
  private func channelWeights(
    _ scores: Value, live: Value, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let count = builder.shape(of: scores)[1]
    let isChannel = builder.constant(HostTensor<Float>([1, count]) { $0 == 0 ? 0 : 1 })
    let isUsed = try builder.add(Multiply(), [live, isChannel])
    guard variant != .official else { return try builder.add(Multiply(), [scores, isUsed]) }
    let baseline = try builder.add(Slice(axis: 1, range: 0..<1), [scores])
    let gains = try builder.add(Subtract(), [scores, baseline])
    // What is not used lies so low that its exponential is 0.
    let low = try builder.add(
      Multiply(), [builder.add(Subtract(), [isUsed, builder.constant(1)]), builder.constant(1e30)])
    let kept = try builder.add(Multiply(), [gains, isUsed])
    let weights = try builder.add(Softmax(axis: 1), [builder.add(Add(), [kept, low])])
    return try builder.add(Multiply(), [weights, isUsed])
  }

  private func emptyReasons(at layer: LayerName) -> EmptyReasons {
    EmptyReasons(
      nowherePositive: "the weighted channels at layer \(layer) are nowhere positive; try another"
        + " variant or an earlier layer",
      constant: "the weighted channels at layer \(layer) add up to the same everywhere; try an"
        + " earlier layer",
      noMask: "every channel at layer \(layer) is constant over the image: there is no mask; try"
        + " an earlier layer")
  }
}
