import Execution
import Graphs
import Operators
import Tensors

/// Ablation-CAM: activations weighted by how much the target falls when a channel is taken away.
///
/// α[k] = (y − y[k]) / y, with y[k] the score when channel k of A is set to zero,
/// L = ReLU( Σ_k α[k]·A[k] ) — Desai and Ramaswamy, Ablation-CAM: Visual Explanations for Deep
/// Convolutional Network via Gradient-free Localization, 2020, eq. 3 and 4.
///
/// One forward pass of the clean image, and a pass from the layer to the outputs for each channel,
/// which all targets of the image share.
public struct AblationCAM: Explainer {
  /// What a missing channel is filled with.
  public enum Fill: String, Sendable, Hashable, CaseIterable {
    /// Zeros, as in the paper.
    case zero
    /// Far below the least activation where that is not zero, as pytorch-grad-cam does.
    case low
  }

  /// The method's name on the command line.
  public static let name = "ablation-cam"

  /// Desai and Ramaswamy, 2020.
  public static let citation = Citation(
    paper: "S. Desai, H. G. Ramaswamy, Ablation-CAM: Visual Explanations for Deep Convolutional"
      + " Network via Gradient-free Localization, WACV 2020",
    equations: [
      "alpha[k] = (y - y[k]) / y,  y[k]: the score without channel k   (eq. 3)",
      "L = ReLU( sum_k alpha[k] * A[k] )                               (eq. 4)",
      "S = minmax( bilinear(L) )",
    ],
    deviations: [
      "a score of 0 gives weights of 0; a negative one turns the sign of every weight, and the map"
        + " says so",
      "value=low is pytorch-grad-cam: channels are set to min(A) - 1e7 where min(A) is not 0",
    ])

  /// What can be set.
  public static let settings: [Setting] = [
    .words("value", Fill.self, "what a missing channel is filled with"),
    .words("finish", Finish.Order.self, "order of normalising and upsampling, as in that code"),
  ]

  private let chosen: Settings

  /// Ablation-CAM with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    chosen = try Settings(settings, of: Self.settings, method: Self.name)
  }

  /// Every setting with the value in force.
  public var resolvedSettings: [(name: String, value: String)] { chosen.resolved }

  /// Channels are taken away once for all targets.
  public var sharesPasses: Bool { true }

  /// The clean image, and every channel from the layer on.
  public func needs(_ network: Graph) -> Needs {
    Needs(passes: Passes(forwards: 1, tails: network.channelsOfLastMaps))
  }

  /// One map for each target.
  /// - Throws: `ExplanationError` where the layer does not fit or the engine fails.
  public func explain(
    _ targets: [Target], at layer: LayerName, with probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    let views = try await probe.views(for: targets, activations: [layer])
    guard let activations = views.activations[layer] else {
      throw .unknownLayer(layer, nearest: [])
    }
    let isLow = chosen.choice("value", as: Fill.self) == .low
    let fill = try await probe.compute([activations]) { (builder, inputs) throws(GraphError) in
      let low = try builder.add(ReduceMin(axes: [1, 2, 3], keepsAxes: false), inputs)
      let lowest = try builder.add(Reshape([1, 1]), [low])
      guard isLow else {
        return [try builder.add(Multiply(), [lowest, builder.constant(0)])]
      }
      let isOther = try builder.isOtherThanZero(lowest)
      let below = try builder.add(Subtract(), [lowest, builder.constant(1e7)])
      return [try builder.add(Multiply(), [below, isOther])]
    }
    let field = ChannelField(activations: activations, fill: fill[0], images: views.images)
    let scored = TargetValue.scored(targets)
    let clean = try await probe.scores(
      of: views, scored)
    let table = try await probe.scores(from: layer, without: field, scored, seeds: views.seeds)
    let kinds = try await probe.upload(TargetValue.kinds(of: targets))
    let weighted = try await probe.compute([clean, table, kinds]) {
      (builder, inputs) throws(GraphError) in
      let y = try builder.targetValue(of: inputs[0], kinds: inputs[2])
      let ablated = try builder.targetValue(of: inputs[1], kinds: inputs[2])
      let isUsable = try builder.isOtherThanZero(y)
      let falls = try builder.add(Subtract(), [y, ablated])
      let weights = try builder.add(Divide(), [falls, builder.orOne(y, where: isUsable)])
      return [
        try builder.add(Multiply(), [weights, isUsable]), y, try builder.finiteCheck(y),
        try builder.finiteCheck(ablated),
      ]
    }
    return try await finished(targets, layer, views, weighted, probe)
  }

  /// The maps of weights α `[T, C]`, with values y `[T, 1]` and the checks of scores.
  private func finished(
    _ targets: [Target], _ layer: LayerName, _ views: Views, _ weighted: [any ResidentTensor],
    _ probe: some Probe
  ) async throws(ExplanationError) -> Explanation {
    guard let activations = views.activations[layer] else {
      throw .unknownLayer(layer, nearest: [])
    }
    let shape = activations.shape
    let rows = views.rows(of: targets)
    let (height, width) = (probe.images.shape[2], probe.images.shape[3])
    let channels = try await probe.compute([activations]) { (builder, inputs) throws(GraphError) in
      [
        try builder.add(Reshape([1, shape[1], shape[2] * shape[3]]), inputs),
        try builder.finiteCheck(inputs[0]),
      ]
    }
    let sum = try await probe.merge(
      MaskField(geometry: .dense(channels[0]), count: shape[1], images: views.images),
      weights: weighted[0], fields: rows, size: (shape[2], shape[3]))
    let finish = Finish(order: chosen.choice("finish"))
    let end = try await probe.compute([sum]) { (builder, inputs) throws(GraphError) in
      let end = try finish.apply(to: inputs[0], height: height, width: width, in: &builder)
      return [end.map, end.ranges, end.extremes]
    }
    let values = try await engine { () async throws(BackendError) in
      try await weighted[1].download()
    }
    let hasWay = probe.network.hasWay(around: layer)
    return Explanation(
      maps: end[0], raw: sum, ranges: end[1], extremes: end[2],
      checks: [
        ("the score of the image", weighted[2]), ("scores", weighted[3]),
        ("activations of \(layer)", try await probe.take(rows, of: channels[1])),
      ],
      emptyReasons: EmptyReasons(
        nowherePositive: "no weighted sum is positive at layer \(layer): its channels speak"
          + " against the target; try another layer",
        constant: "the weighted sum is the same everywhere at layer \(layer); try an earlier layer"),
      notes: targets.indices.filter { values[$0] < 0 }.map {
        Note(target: $0, "the target's value is negative, which turns the sign of every weight")
      },
      passes: targets.map { _ in Passes(forwards: hasWay ? 2 : 1, tails: shape[1]) })
  }
}
