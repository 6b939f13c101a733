import Execution
import Graphs
import Operators
import Tensors

extension Formulas {
  /// The sum of the masks of fields under weights `[T, M]`: maps `[T, 1, H, W]`.
  ///
  /// Bilinear weights sum to one, so on a grid Σ_m w·(scale·up(map) + offset) is
  /// up(Σ_m w·scale·map) + Σ_m w·offset, with one upsampling for each target. Masks that do not
  /// differ from field to field are made again, so many at a time, and each serves all targets.
  /// - Parameters:
  ///   - field: the masks.
  ///   - weights: `[T, M]`.
  ///   - fields: the field of each target; nil where target t has field t.
  ///   - size: H and W.
  /// - Returns: a map for each target.
  /// - Throws: `ExplanationError` where the engine fails.
  public func merge(
    _ field: MaskField, weights: any ResidentTensor, fields: [Int]?,
    size: (height: Int, width: Int)
  ) async throws(ExplanationError) -> any ResidentTensor {
    let image: Shape = [1, 1, size.height, size.width]
    switch field.geometry {
    case .dense(let masks):
      let shape: Shape = [1, field.count, image[2], image[3]]
      return try await pieces(of: fields, [masks], weights) {
        (builder, inputs) throws(GraphError) in
        let maps = try builder.add(Reshape(shape), [inputs[0]])
        return [try builder.channelSum(maps, inputs[1])]
      }[0]
    case .grid(let maps, let affine, let rows, let columns, let alignsCorners):
      let shape: Shape = [1, field.count, rows, columns]
      let sums = try await pieces(of: fields, [maps, affine], weights) {
        (builder, inputs) throws(GraphError) in
        let column = Reshape([1, shape[1]])
        let scale = try builder.add(
          column, [builder.add(Slice(axis: 2, range: 0..<1), [inputs[1]])])
        let offset = try builder.add(
          column, [builder.add(Slice(axis: 2, range: 1..<2), [inputs[1]])])
        let scaled = try builder.add(Multiply(), [inputs[2], scale])
        let grids = try builder.add(Reshape(shape), [inputs[0]])
        return [
          try builder.channelSum(grids, scaled), try builder.weightedSum(inputs[2], offset),
        ]
      }
      let resize = ResizeBilinear(
        height: image[2], width: image[3], alignsCorners: alignsCorners)
      return try await compute(sums) { (builder, inputs) throws(GraphError) in
        let resized = try builder.add(resize, [inputs[0]])
        return [
          try builder.add(Add(), [resized, builder.add(Reshape([1, 1, 1, 1]), [inputs[1]])])
        ]
      }[0]
    case .rank(let ranks, let thresholds, let hides):
      return try await merge(
        ranks, thresholds, hides: hides, weights, fields: fields, image)
    case .boxes(let boxes, _):
      return try await merge(field, weights, image) { range async throws(ExplanationError) in
        try await gather(HostTensor([range.count, 1], range.map(Float.init)), from: boxes)
      }
    case .shiftedGrid:
      return try await merge(field, weights, image) { range async throws(ExplanationError) in
        try await upload(HostTensor([range.count, 1], range.map(Float.init)))
      }
    }
  }

  /// The targets merged at once where several share a field: each reads a copy.
  private static let targetsAtOnce = 16
  /// The masks made at once where all fields share them.
  private static let masksAtOnce = 64

  /// Masks by rank, made again some at a time from the ranks of their fields.
  private func merge(
    _ ranks: any ResidentTensor, _ thresholds: any ResidentTensor, hides: Bool,
    _ weights: any ResidentTensor, fields: [Int]?, _ image: Shape
  ) async throws(ExplanationError) -> any ResidentTensor {
    let (targets, count) = (weights.shape[0], weights.shape[1])
    let ranks = fields == nil ? ranks : try await take(fields ?? [], of: ranks)
    var sum: (any ResidentTensor)?
    for mask in 0..<count {
      try checkCancellation()
      let own = try await gather(
        HostTensor([targets, 2]) { Float($0 % 2 == 0 ? $0 / 2 : mask) }, from: weights)
      let threshold = try await take([Int](repeating: mask, count: targets), of: thresholds)
      sum = try await compute([ranks, own, threshold] + (sum.map { [$0] } ?? [])) {
        (builder, inputs) throws(GraphError) in
        let weight = try builder.add(Reshape([1, 1]), [inputs[1]])
        let part = try builder.add(
          Multiply(),
          [builder.isFirst(ranks: inputs[0], thresholds: inputs[2], hides: hides), weight])
        let map = try builder.add(Reshape(image), [part])
        return [inputs.count > 3 ? try builder.add(Add(), [inputs[3], map]) : map]
      }[0]
    }
    guard let sum else { throw .backend(.mismatch("a field without masks")) }
    return sum
  }

  /// A formula over fields and weights, where targets share fields some targets at a time.
  private func pieces(
    of fields: [Int]?, _ tensors: [any ResidentTensor], _ weights: any ResidentTensor,
    _ body: @Sendable (inout GraphBuilder, [Value]) throws(GraphError) -> [Value]
  ) async throws(ExplanationError) -> [any ResidentTensor] {
    let targets = weights.shape[0]
    guard let fields, fields != Array(0..<tensors[0].shape[0]) else {
      return try await compute(tensors + [weights], body)
    }
    var parts: [(places: [Int], tensors: [any ResidentTensor])] = []
    for start in stride(from: 0, to: targets, by: Self.targetsAtOnce) {
      let places = Array(start..<min(start + Self.targetsAtOnce, targets))
      var inputs: [any ResidentTensor] = []
      for tensor in tensors { inputs.append(try await take(places.map { fields[$0] }, of: tensor)) }
      inputs.append(try await take(places, of: weights))
      parts.append((places, try await compute(inputs, body)))
    }
    return try await join(parts, rows: targets)
  }

  /// Masks made again some at a time, from what `describe` says of them, each for all targets.
  private func merge(
    _ field: MaskField, _ weights: any ResidentTensor, _ image: Shape,
    _ describe: (Range<Int>) async throws(ExplanationError) -> any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor {
    let (targets, structure) = (weights.shape[0], field.structure)
    var sum: (any ResidentTensor)?
    for start in stride(from: 0, to: field.count, by: Self.masksAtOnce) {
      try checkCancellation()
      let range = start..<min(start + Self.masksAtOnce, field.count)
      let index = HostTensor<Float>([targets, range.count, 2]) { place in
        let (target, mask) = (place / 2 / range.count, place / 2 % range.count)
        return Float(place % 2 == 0 ? target : start + mask)
      }
      let own = try await gather(index, from: weights)
      let described = try await describe(range)
      let inputs = [own] + (sum.map { [$0] } ?? [])
      sum = try await compute(inputs, sharing: described) {
        (builder, inputs, described) throws(GraphError) in
        let masks = try structure.mask(described, image, in: &builder)
        let stack = try builder.add(
          Reshape([1, range.count, image[2], image[3]]), [masks])
        let part = try builder.channelSum(stack, inputs[0])
        return [inputs.count > 1 ? try builder.add(Add(), [inputs[1], part]) : part]
      }[0]
    }
    guard let sum else { throw .backend(.mismatch("a field without masks")) }
    return sum
  }

  /// Computes a formula over rows and a tensor that all rows share.
  private func compute(
    _ inputs: [any ResidentTensor], sharing shared: any ResidentTensor,
    _ body: @Sendable (inout GraphBuilder, [Value], Value) throws(GraphError) -> [Value]
  ) async throws(ExplanationError) -> [any ResidentTensor] {
    let shapes = inputs.map(\.shape)
    let graph = try formula { (builder: inout GraphBuilder) throws(GraphError) in
      let values = shapes.enumerated().map { place, shape in
        builder.input("\(place)", shape.withRows(1))
      }
      return try body(&builder, values, builder.input("shared", shared.shape, rows: nil))
    }
    return try await rowPieces(shapes[0][0], graph) {
      (range, plan) async throws(ExplanationError) in
      var taken: [any ResidentTensor] = []
      for input in inputs { taken.append(try await take(Array(range), of: input)) }
      return try await run(plan.executable, taken + [shared])
    }
  }
}

extension GraphBuilder {
  /// Σ_k weights[t, k] · maps[t, k], `[T, 1, u, v]` from `[T, C, u, v]` and `[T, C]`.
  mutating func channelSum(_ maps: Value, _ weights: Value) throws(GraphError) -> Value {
    let spread = try add(Reshape([1, shape(of: weights)[1], 1, 1]), [weights])
    return try add(WeightedChannelSum(), [maps, spread])
  }
}
