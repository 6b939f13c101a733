import Execution
import Graphs
import Operators
import Tensors

/// What decides the structure of a pass from a layer to the outputs.
struct TailStructure: Hashable, Sendable {
  /// The layer.
  var layer: LayerName
  /// How outputs become scores.
  var scores: ScoreFunction
  /// What is computed of the outputs where targets are no classes.
  var expression: Expression?

  /// The outputs that are read.
  func outputs(of network: NetworkLayout) -> [Value] {
    expression == nil ? [network.logits] : network.graph.outputs
  }

  /// The graph from the activations of clean images, each row without one channel, to the outputs.
  ///
  /// Inputs: activations `[F, C, u, v]`, fill `[F, 1]`, what the outputs read besides the layer,
  /// F rows each; then, a row for each channel of a field, places `[R, 2]` (field, channel).
  /// Outputs: those of `readouts`.
  func graph(of network: NetworkLayout) throws(GraphError) -> Graph {
    var builder = GraphBuilder()
    let tap = try network.value(of: layer)
    let shape = network.graph[tap].shape
    let activations = builder.input("activations", shape, rows: .images)
    let fills = builder.input("fill", [1, 1], rows: .images)
    let read = outputs(of: network)
    let others = network.graph.values(besides: tap, of: read)
    let tables = others.map {
      builder.input(network.graph.describe($0), network.graph[$0].shape, rows: .images)
    }
    let places = builder.input("places", [1, 2])
    let field = try builder.add(Slice(axis: 1, range: 0..<1), [places])
    let channel = try builder.add(Slice(axis: 1, range: 1..<2), [places])
    let isMissing = try builder.add(
      Reshape([1, shape[1], 1, 1]), [builder.add(OneHot(depth: shape[1]), [channel])])
    let isThere = try builder.add(Subtract(), [builder.constant(1), isMissing])
    let whole = try builder.add(Gather(), [activations, field])
    let fill = try builder.add(
      Reshape([1, 1, 1, 1]), [builder.add(Gather(), [fills, field])])
    let rest = try builder.add(Multiply(), [whole, isThere])
    let ablated = try builder.add(Add(), [rest, builder.add(Multiply(), [isMissing, fill])])
    var replacements = [tap: ablated]
    for (other, table) in zip(others, tables) {
      replacements[other] = try builder.add(Gather(), [table, field])
    }
    let outputs = try builder.inline(
      network.graph.with(outputs: read), replacing: replacements)
    return try builder.finish(outputs: builder.readouts(of: outputs, scores, expression))
  }
}

extension Graph {
  /// What outputs read of an image besides a layer: the ends of skip connections around it.
  ///
  /// These are the values that do not depend on the layer but are read by nodes that do.
  func values(besides tap: Value, of outputs: [Value]) -> [Value] {
    let live = with(outputs: outputs).liveness
    var isBehind = [Bool](repeating: false, count: nodes.count)
    var found: Set<Value> = []
    for node in nodes where live.isNeeded(node.value) {
      let inputs = node.value == tap ? [] : node.inputs
      isBehind[node.value.id] = node.value == tap || inputs.contains { isBehind[$0.id] }
      guard isBehind[node.value.id] else { continue }
      for input in inputs where !isBehind[input.id] && self[input].rows != nil {
        found.insert(input)
      }
    }
    return found.union(outputs.filter { !isBehind[$0.id] }).sorted()
  }

  /// Whether what a network says depends on a layer alone, or on other values as well.
  func hasWay(around layer: LayerName) -> Bool {
    guard let tap = value(of: layer), let output = outputs.first else { return false }
    return !values(besides: tap, of: [output]).isEmpty
  }
}

extension Session {
  /// The scores of images that lack one channel at a layer, `[T, C]`.
  ///
  /// Only what lies behind the layer runs. Where the outputs read more of an image than the layer,
  /// those tensors are computed once by another forward pass of each clean image.
  /// - Throws: `ExplanationError` where the layer or the field does not fit or the engine fails.
  public func scores(
    from layer: LayerName, without field: ChannelField, _ targets: [Target],
    seeds: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor {
    try check(targets)
    let shape = try network.activationShape(of: layer)
    let fields = field.images.count
    let images = Set(field.images)
    guard field.activations.shape == shape.withRows(fields), field.fill.shape == [fields, 1],
      seeds.shape == [targets.count, layout.classes],
      images.allSatisfy({ 0..<self.images.shape[0] ~= $0 }),
      targets.allSatisfy({ images.contains($0.image) })
    else { throw .backend(.mismatch("activations \(field.activations.shape) of \(layer)")) }
    let layout = layout
    let rows = (0..<fields * shape[1]).map {
      MaskedRow(field: $0 / shape[1], mask: $0 % shape[1])
    }
    let owners = targets.places(in: field.images)
    return try await byExpression(targets, seeds) {
      (expression, places, own, seeds) async throws(ExplanationError) in
      let structure = TailStructure(layer: layer, scores: options.scores, expression: expression)
      let fixed =
        try await [field.activations, field.fill] + others(besides: structure, of: field.images)
      let read = Set(places.map { owners[$0] })
      let runs = ScoringRuns(
        key: .tail(structure), rows: rows.filter { read.contains($0.field) }, columns: shape[1],
        fields: places.map { owners[$0] }, targets: own, seeds: seeds,
        scores: expression == nil ? options.scores : .raw)
      return try await score(runs, { () throws(GraphError) in try structure.graph(of: layout) }) {
        (plan, chunk) async throws(ExplanationError) in
        let places = chunk.flatMap { [Float($0.field), Float($0.mask)] }
        let inputs = fixed + [try await upload(HostTensor([chunk.count, 2], places))]
        let outputs = try await engine { () async throws(BackendError) in
          try await plan.executable.run(inputs, parameters)
        }
        await counts.add { statistics in
          statistics.tailRows += chunk.count
          statistics.tailRuns += 1
        }
        return outputs
      }
    }
  }

  /// What the outputs read of clean images besides a layer, a row for each image.
  private func others(
    besides structure: TailStructure, of images: [Int]
  ) async throws(ExplanationError) -> [any ResidentTensor] {
    let layer = structure.layer
    guard let tap = network.value(of: layer) else { throw .unknownLayer(layer, nearest: []) }
    let values = network.values(besides: tap, of: structure.outputs(of: layout))
    let made = values.filter { $0 != layout.image }
    let clean = try await take(images, of: self.images)
    var computed: [any ResidentTensor] = []
    if !made.isEmpty {
      let graph = network.with(outputs: made)
      computed = try await formulas.pieces(
        images.count, plans, .besides(structure), { () throws(GraphError) in graph }
      ) { (range, plan) async throws(ExplanationError) in
        let pictures = try await take(Array(range), of: clean)
        let outputs = try await engine { () async throws(BackendError) in
          try await plan.executable.run([pictures], parameters)
        }
        await counts.add { $0.cleanForwards += range.count }
        return outputs
      }
    }
    let found = Dictionary(zip(made, computed), uniquingKeysWith: { first, _ in first })
    return values.map { found[$0] ?? clean }
  }
}
