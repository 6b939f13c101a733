import Execution
import Graphs
import Operators
import Tensors

/// The masks of Score-CAM: every channel of a layer, upsampled and normalised.
///
/// Memory does not grow with the channels but for their small maps: the range of the upsampled
/// maps is taken some channels at a time.
struct ChannelMasks: Sendable {
  /// The most channels used, those of the largest variance; 0: all.
  var most: Int
  /// How channels are normalised.
  var order: Order
  /// Whether mask 0, a mask of zeros, is live.
  var hasBaseline: Bool

  /// How channels become masks.
  enum Order: Sendable {
    /// Upsampled, then normalised; constant ones are skipped.
    case standard
    /// The same with aligned corners and 1e-8 in the denominator; constant ones are kept.
    case library
    /// Normalised with 1e-8 in the denominator, then upsampled; constant ones are kept.
    case torchcam
  }

  /// Masks with the baseline in front, and the channels themselves; a field for each image.
  struct Fields: Sendable {
    /// H: mask 0 is zero everywhere, then one mask for each channel, in [0, 1].
    let masks: MaskField
    /// A, with zeros in front; upsampled they are U.
    let maps: MaskField
    /// `[F, M]`: 1 where a mask is used.
    let live: any ResidentTensor
  }

  /// The channels upsampled at once.
  private static let channelsAtOnce = 64

  /// The fields of some images.
  /// - Parameters:
  ///   - activations: A, `[F, C, u, v]`.
  ///   - images: the image of each field.
  ///   - probe: what computes.
  /// - Returns: masks, channels, and which of them are live.
  /// - Throws: `ExplanationError` where the engine fails.
  func fields(
    _ activations: any ResidentTensor, images: [Int], of probe: some Probe
  ) async throws(ExplanationError) -> Fields {
    let shape = activations.shape
    let chosen = try await channels(of: activations, probe)
    let (fields, count) = (shape[0], chosen[0].count)
    let index = HostTensor<Float>([fields, count, 2]) { place in
      let (field, channel) = (place / 2 / count, place / 2 % count)
      return Float(place % 2 == 0 ? field : chosen[field][channel])
    }
    let cells = shape[2] * shape[3]
    let stack = try await probe.gather(index, from: activations)
    let maps = try await probe.compute([stack]) { (builder, inputs) throws(GraphError) in
      [try builder.add(Reshape([1, count, cells]), [inputs[0]])]
    }[0]
    let ranges = try await ranges(of: maps, shape, probe)
    let hasBaseline = hasBaseline
    let made = try await probe.compute([maps, ranges]) { (builder, inputs) throws(GraphError) in
      let flat = inputs[0]
      let columns = try (0..<3).map { column throws(GraphError) in
        try builder.add(Slice(axis: 2, range: column..<column + 1), [inputs[1]])
      }
      let (low, span, alive) = (columns[0], columns[1], columns[2])
      let shifted = try builder.add(Subtract(), [flat, low])
      let normalised = try builder.add(
        Multiply(), [builder.add(Divide(), [shifted, span]), alive])
      let front = Pad(axis: 1, before: 1, after: 0)
      let none = try builder.add(Broadcast(), [builder.constant(0), alive])
      let affine = try builder.add(Concat(axis: 2), [alive, none])
      let used = try builder.add(
        Reshape([1, count + 1]), [builder.add(front, [alive])])
      let first = HostTensor<Float>([1, count + 1]) { $0 == 0 && hasBaseline ? 1 : 0 }
      return [
        try builder.add(front, [normalised]), try builder.add(front, [flat]),
        try builder.add(front, [affine]),
        try builder.add(Add(), [used, builder.constant(first)]),
      ]
    }
    func field(_ maps: any ResidentTensor) -> MaskField {
      MaskField(
        geometry: .grid(
          maps: maps, affine: made[2], height: shape[2], width: shape[3],
          alignsCorners: order == .library),
        count: count + 1, live: made[3], images: images)
    }
    return Fields(masks: field(made[0]), maps: field(made[1]), live: made[3])
  }

  /// The channels used of each field, ascending.
  private func channels(
    of activations: any ResidentTensor, _ probe: some Probe
  ) async throws(ExplanationError) -> [[Int]] {
    let (fields, channels) = (activations.shape[0], activations.shape[1])
    guard most > 0, most < channels else {
      return [[Int]](repeating: Array(0..<channels), count: fields)
    }
    let variances = try await probe.compute([activations]) { (builder, inputs) throws(GraphError) in
      let mean = ReduceMean(axes: [2, 3], keepsAxes: true)
      let rest = try builder.add(Subtract(), [inputs[0], builder.add(mean, [inputs[0]])])
      let variance = try builder.add(mean, [builder.add(Multiply(), [rest, rest])])
      return [try builder.add(Reshape([1, channels]), [variance])]
    }[0]
    let known = try await engine { () async throws(BackendError) in
      try await variances.download()
    }
    return (0..<fields).map { field in
      let own = known.rows(field..<field + 1).elements
      // The lowest index wins a tie; what is not a number comes last.
      let order = own.indices.sorted { a, b in
        let (x, y) = (own[a].isNaN ? -1 : own[a], own[b].isNaN ? -1 : own[b])
        return x > y || x == y && a < b
      }
      return order.prefix(most).sorted()
    }
  }

  /// For each channel the least value of its upsampled map, what to divide by, and whether it
  /// makes a mask: `[F, M, 3]` from maps `[F, M, u·v]`.
  private func ranges(
    of maps: any ResidentTensor, _ shape: Shape, _ probe: some Probe
  ) async throws(ExplanationError) -> any ResidentTensor {
    let (fields, count) = (maps.shape[0], maps.shape[1])
    let image = probe.images.shape
    let order = order
    var found: [Float] = []
    // Each piece is read back, twelve bytes a channel: work that piles up on the device would need
    // memory for every piece.
    for start in stride(from: 0, to: fields * count, by: Self.channelsAtOnce) {
      let piece = start..<min(start + Self.channelsAtOnce, fields * count)
      let places = HostTensor<Float>([piece.count, 2]) { place in
        let channel = start + place / 2
        return Float(place % 2 == 0 ? channel / count : channel % count)
      }
      let taken = try await probe.gather(places, from: maps)
      let range = try await probe.compute([taken]) { (builder, inputs) throws(GraphError) in
        try Self.range(of: inputs[0], shape, image, order, in: &builder)
      }[0]
      found += try await engine { () async throws(BackendError) in
        try await range.download().elements
      }
    }
    return try await probe.upload(HostTensor([fields, count, 3], found))
  }

  /// For each map `[u, v]` of the rows: least value, divisor, and whether it makes a mask.
  private static func range(
    of maps: Value, _ shape: Shape, _ image: Shape, _ order: Order, in builder: inout GraphBuilder
  ) throws(GraphError) -> [Value] {
    let map = try builder.add(Reshape([1, 1, shape[2], shape[3]]), [maps])
    let upsample = ResizeBilinear(
      height: image[2], width: image[3], alignsCorners: order == .library)
    let measured = order == .torchcam ? map : try builder.add(upsample, [map])
    let range = try builder.range(of: measured)
    let low = try builder.add(Slice(axis: 1, range: 0..<1), [range])
    let high = try builder.add(Slice(axis: 1, range: 1..<2), [range])
    var span = try builder.add(Subtract(), [high, low])
    var alive = try builder.add(Broadcast(), [builder.constant(1), span])
    if order != .standard {
      span = try builder.add(Add(), [span, builder.constant(1e-8)])
    } else {
      let varies = try builder.add(Reshape([1, 1]), [builder.varies(map)])
      alive = try builder.add(Multiply(), [varies, builder.add(Step(), [span])])
      span = try builder.orOne(span, where: alive)
    }
    return [try builder.add(Concat(axis: 1), [low, span, alive])]
  }
}

extension Graph {
  /// The channels of the last stack of maps larger than a pixel before the outputs: what a method
  /// that makes a mask of every channel reckons with.
  var channelsOfLastMaps: Int {
    let live = liveness
    let last = nodes.last { node in
      node.operation != nil && live.isNeeded(node.value) && node.rows != nil
        && node.shape.rank == 4 && node.shape[2] * node.shape[3] > 1
    }
    return last?.shape[1] ?? 1
  }
}
