import Execution
import Graphs
import Operators
import Tensors

/// The masks of Group-CAM: how activations become one mask for each group of channels.
struct GroupMasks: Sendable {
  /// Groups; no more than there are channels.
  var groups: Int
  /// The percentile below which a group is cleared; 0 turns this off.
  var theta: Float
  /// What a percentile is taken over.
  var scope: GroupCAM.Scope
  /// How channels fall into groups.
  var split: GroupSum.Split
  /// When a group is normalised.
  var order: GroupCAM.Order
  /// How channels that are alike find each other; nil where neighbours are a group.
  var clusters: Clusters.Way?

  /// Masks with the baseline in front, and the same without normalisation.
  struct Fields: Sendable {
    /// N: mask 0 is zero everywhere, then one mask for each group, in [0, 1].
    let masks: MaskField
    /// U: the same maps before normalisation.
    let raw: MaskField
    /// `[T, G + 1]`: 1 where a mask is used.
    let live: any ResidentTensor
  }

  /// The fields of all targets.
  /// - Parameters:
  ///   - activations: A, `[T, C, u, v]`.
  ///   - gradients: ∂y/∂A, `[T, C, u, v]`; nil where channels are not weighted.
  ///   - withBaseline: whether mask 0 is live.
  ///   - probe: what computes.
  /// - Returns: masks, raw maps and which of them are live.
  /// - Throws: `ExplanationError` where the engine fails.
  func fields(
    _ activations: any ResidentTensor, _ gradients: (any ResidentTensor)?, withBaseline: Bool,
    of probe: some Probe
  ) async throws(ExplanationError) -> Fields {
    let image = probe.images.shape
    let (height, width) = (activations.shape[2], activations.shape[3])
    let made: [any ResidentTensor]
    if let clusters {
      let sums = try await clusteredSums(activations, gradients, clusters, of: probe)
      made = try await probe.compute([sums]) { (builder, inputs) throws(GraphError) in
        try describe(cleared(inputs[0], in: &builder), for: image, withBaseline, in: &builder)
      }
    } else {
      made = try await probe.compute([activations] + (gradients.map { [$0] } ?? [])) {
        (builder, inputs) throws(GraphError) in
        let weighted = try weighted(inputs[0], inputs.dropFirst().first, in: &builder)
        let sums = try builder.add(GroupSum(groups: groups, split: split), [weighted])
        return try describe(cleared(sums, in: &builder), for: image, withBaseline, in: &builder)
      }
    }
    let count = made[0].shape[1]
    func field(affine: any ResidentTensor) -> MaskField {
      MaskField(
        geometry: .grid(
          maps: made[0], affine: affine, height: height, width: width, alignsCorners: false),
        count: count, live: made[3])
    }
    return Fields(masks: field(affine: made[1]), raw: field(affine: made[2]), live: made[3])
  }

  /// The sums of the channels of each cluster, `[T, G, u, v]`; maps of zeros for missing clusters.
  ///
  /// The weighted channels are read back, once: clusters are found on the host, in double precision
  /// and for each target alone.
  private func clusteredSums(
    _ activations: any ResidentTensor, _ gradients: (any ResidentTensor)?, _ way: Clusters.Way,
    of probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    var resident = activations
    if let gradients {
      resident = try await probe.compute([activations, gradients]) {
        (builder, inputs) throws(GraphError) in
        [try weighted(inputs[0], inputs[1], in: &builder)]
      }[0]
    }
    let source = resident
    let vectors = try await engine { () async throws(BackendError) in
      try await source.download()
    }
    let (channels, cells) = (vectors.shape[1], vectors.shape[2] * vectors.shape[3])
    let count = min(groups, channels)
    var sums: [Float] = []
    for target in 0..<vectors.shape[0] {
      try checkCancellation()
      let own = vectors.rows(target..<target + 1).elements.map(Double.init)
      let labels = Clusters(own, length: cells).labels(count, by: way)
      var maps = [Double](repeating: 0, count: count * cells)
      for (channel, label) in labels.enumerated() {
        for cell in 0..<cells { maps[label * cells + cell] += own[channel * cells + cell] }
      }
      sums += maps.map(Float.init)
    }
    return try await probe.upload(
      HostTensor([vectors.shape[0], count, vectors.shape[2], vectors.shape[3]], sums))
  }

  /// α[k]·A[k], or A[k] where channels are not weighted.
  private func weighted(
    _ activations: Value, _ gradients: Value?, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    guard let gradients else { return activations }
    return try builder.add(Multiply(), [activations, builder.pooled(gradients, .mean)])
  }

  /// M[l] = ReLU(sum of group l), cleared at and below its percentile.
  private func cleared(
    _ sums: Value, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let maps = try builder.add(ReLU(), [sums])
    guard theta > 0 else { return maps }
    let axes = scope == .group ? [2, 3] : [1, 2, 3]
    let threshold = try builder.add(Percentile(theta: theta, axes: axes), [maps])
    let isAbove = try builder.add(Step(), [builder.add(Subtract(), [maps, threshold])])
    return try builder.add(Multiply(), [maps, isAbove])
  }

  /// Normalised maps `[T, G + 1, u·v]`, affine numbers `[T, G + 1, 2]` of masks and of raw maps,
  /// and live masks `[T, G + 1]`.
  ///
  /// Upsampling is linear and its weights sum to one, so a map may be shifted and scaled before
  /// it: N = up((M − low) / span) with the range of up(M), or of M itself.
  private func describe(
    _ maps: Value, for image: Shape, _ withBaseline: Bool, in builder: inout GraphBuilder
  ) throws(GraphError) -> [Value] {
    let shape = builder.shape(of: maps)
    let (groups, cells) = (shape[1], shape[2] * shape[3])
    let (low, high, varies) = try range(of: maps, for: image, in: &builder)
    let span = try builder.orOne(builder.add(Subtract(), [high, low]), where: varies)
    let shifted = try builder.add(Subtract(), [maps, low])
    let normalised = try builder.add(
      Multiply(), [builder.add(Divide(), [shifted, span]), varies])
    let flat = try builder.add(Reshape([1, groups, cells]), [normalised])
    let front = Pad(axis: 1, before: 1, after: 0)
    let column = Reshape([1, groups, 1])
    let alive = try builder.add(column, [varies])
    let scale = try builder.add(column, [builder.add(Multiply(), [span, varies])])
    let offset = try builder.add(column, [builder.add(Multiply(), [low, varies])])
    let none = try builder.add(Broadcast(), [builder.constant(0), alive])
    let used = try builder.add(
      Reshape([1, groups + 1]), [builder.add(front, [alive])])
    let first = HostTensor<Float>([1, groups + 1]) { $0 == 0 && withBaseline ? 1 : 0 }
    return [
      try builder.add(front, [flat]),
      try builder.add(front, [builder.add(Concat(axis: 2), [alive, none])]),
      try builder.add(front, [builder.add(Concat(axis: 2), [scale, offset])]),
      try builder.add(Add(), [used, builder.constant(first)]),
    ]
  }

  /// The least and the largest value of each map, upsampled where that comes first, and whether it
  /// varies: `[T, G, 1, 1]` each.
  private func range(
    of maps: Value, for image: Shape, in builder: inout GraphBuilder
  ) throws(GraphError) -> (low: Value, high: Value, varies: Value) {
    let lowest = ReduceMin(axes: [2, 3], keepsAxes: true)
    let highest = ReduceMax(axes: [2, 3], keepsAxes: true)
    let varies = try builder.varies(maps)
    guard order == .upsampleThenNorm else {
      return (try builder.add(lowest, [maps]), try builder.add(highest, [maps]), varies)
    }
    let upsample = ResizeBilinear(height: image[2], width: image[3], alignsCorners: false)
    let groups = builder.shape(of: maps)[1]
    var parts: [[Value]] = [[], [], []]
    for start in stride(from: 0, to: groups, by: Self.mapsAtOnce) {
      let some = start..<min(start + Self.mapsAtOnce, groups)
      let piece =
        some == 0..<groups ? maps : try builder.add(Slice(axis: 1, range: some), [maps])
      let large = try builder.add(upsample, [piece])
      parts[0].append(try builder.add(lowest, [large]))
      parts[1].append(try builder.add(highest, [large]))
      parts[2].append(try builder.varies(large))
    }
    let whole = try parts.map { part throws(GraphError) in
      part.count == 1 ? part[0] : try builder.add(Concat(axis: 1), part)
    }
    return (whole[0], whole[1], try builder.add(Multiply(), [varies, whole[2]]))
  }

  /// The maps that are as large as the image at one time: memory does not grow with the groups.
  private static let mapsAtOnce = 32
}
