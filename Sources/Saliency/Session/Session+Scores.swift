import Execution
import Graphs
import Operators
import Tensors

extension Session {
  /// The scores of masked images, `[T, M]`: mask m of a target's field over the target's image.
  ///
  /// The score of a target is its probability under the session's score function or its plain
  /// value, with the sign of the target. Live masks of all fields are packed, in the order of
  /// fields and masks, into runs of up to the capacity; skipped masks score 0. Where fields belong
  /// to images, a run serves all targets of its images. Only the table of live masks is read back.
  /// Where the device refuses a run, the capacity is halved.
  /// - Throws: `ExplanationError` where the shapes do not fit or the engine fails.
  public func scores(
    under field: MaskField, baseline: any ResidentTensor, _ targets: [Target],
    seeds: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor {
    try check(targets)
    let owners = field.images ?? targets.map(\.image)
    try check(field, baseline, seeds, targets, fields: owners.count)
    let live = try await liveRows(of: field, fields: owners.count)
    let layout = layout
    let fixed = [images, baseline] + field.tensors
    let fields = field.fields(of: targets)
    return try await byExpression(targets, seeds) {
      (expression, places, own, seeds) async throws(ExplanationError) in
      let structure = MaskedStructure(
        masks: field.structure, count: field.structuralCount, scores: options.scores,
        expression: expression, fill: field.fill)
      let read = Set(places.map { fields[$0] })
      let runs = ScoringRuns(
        key: .masked(structure), rows: live.filter { read.contains($0.field) },
        columns: field.count, fields: places.map { fields[$0] }, targets: own, seeds: seeds,
        scores: expression == nil ? options.scores : .raw)
      return try await score(runs, { () throws(GraphError) in try structure.graph(of: layout) }) {
        (plan, chunk) async throws(ExplanationError) in
        let places = chunk.flatMap { [Float($0.field), Float($0.mask)] }
        let images = chunk.map { Float(owners[$0.field]) }
        let inputs =
          fixed + [
            try await upload(HostTensor([chunk.count, 2], places)),
            try await upload(HostTensor([chunk.count, 1], images)),
          ]
        let outputs = try await engine { () async throws(BackendError) in
          try await plan.executable.run(inputs, parameters)
        }
        await counts.add { statistics in
          statistics.capacity = plan.capacity
          statistics.maskedRows += chunk.count
          statistics.maskedRuns += 1
        }
        return outputs
      }
    }
  }

  /// A table of targets whose expressions differ, put together from one for each: every expression
  /// is a network of its own, and classes share one.
  ///
  /// The body gets an expression, the places of its targets, those targets, and their weights: of an
  /// expression's value 1.
  func byExpression(
    _ targets: [Target], _ seeds: any ResidentTensor,
    _ body: (Expression?, [Int], [Target], any ResidentTensor) async throws(ExplanationError) ->
      any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor {
    var parts: [(places: [Int], tensors: [any ResidentTensor])] = []
    for expression in targets.map(\.expression).uniqued {
      let places = targets.indices.filter { targets[$0].expression == expression }
      let own = places.map { targets[$0] }
      let weights =
        expression == nil
        ? try await take(places, of: seeds)
        : try await upload(HostTensor([places.count, 1], filledWith: 1))
      parts.append((places, [try await body(expression, places, own, weights)]))
    }
    guard let joined = try await formulas.join(parts, rows: targets.count).first else {
      throw .unsuitable("no target is given")
    }
    return joined
  }

  /// The scores of clean images, `[T, 1]`, without a pass.
  /// - Throws: `ExplanationError` where the shapes do not fit or the engine fails.
  public func scores(
    of views: Views, _ targets: [Target]
  ) async throws(ExplanationError) -> any ResidentTensor {
    try check(targets)
    let known = Set(views.images)
    guard views.outputs.shape == [views.images.count, layout.classes],
      views.seeds.shape == [targets.count, layout.classes],
      targets.allSatisfy({ known.contains($0.image) })
    else { throw .backend(.mismatch("outputs or seeds do not fit \(targets.count) targets")) }
    let (scores, rows) = (options.scores, views.rows(of: targets))
    return try await byExpression(targets, views.seeds) {
      (expression, places, own, seeds) async throws(ExplanationError) in
      let readouts: [any ResidentTensor]
      if expression != nil, let values = views.values {
        readouts = [try await take(places, of: values)]
      } else {
        readouts = try await formulas.compute([views.outputs]) {
          (builder, inputs) throws(GraphError) in try builder.readouts(of: inputs, scores)
        }
      }
      return try await formulas.scores(
        of: readouts, seeds, mixes: upload(mixes(of: own)), expression == nil ? scores : .raw,
        pairs: places.indices.map { (row: expression == nil ? rows[places[$0]] : $0, target: $0) })
    }
  }

  /// A masked image: mask `mask` of field `field`.
  struct MaskedRow: Sendable {
    let field: Int
    let mask: Int
  }

  /// Rows that go through the network and the targets that read them.
  struct ScoringRuns {
    let key: NetworkPlan
    let rows: [MaskedRow]
    /// The masks of a field.
    let columns: Int
    /// The field of each target.
    let fields: [Int]
    let targets: [Target]
    /// `[T, K]`.
    let seeds: any ResidentTensor
    /// How outputs become scores.
    let scores: ScoreFunction
  }

  /// A table `[T, M]` of the scores of rows, run by run.
  func score(
    _ runs: ScoringRuns, _ graph: @Sendable () throws(GraphError) -> Graph,
    _ body: (Plan, [MaskedRow]) async throws(ExplanationError) -> [any ResidentTensor]
  ) async throws(ExplanationError) -> any ResidentTensor {
    let (rows, columns, targets) = (runs.rows, runs.columns, runs.targets)
    var table = try await upload(HostTensor([targets.count, columns], filledWith: 0))
    let mixes = try await upload(mixes(of: targets))
    let readers = Dictionary(grouping: targets.indices) { runs.fields[$0] }
    let wish = min(max(options.rows, 1), readers.count * columns)
    var plan = try await plans.plan(runs.key, rows: wish, graph)
    var start = 0
    while start < rows.count {
      try checkCancellation()
      let chunk = Array(rows[start..<min(start + plan.capacity, rows.count)])
      do throws(ExplanationError) {
        let outputs = try await body(plan, chunk)
        var pairs: [(row: Int, target: Int)] = []
        var places = HostTensor<Float>([targets.count, columns], filledWith: -1)
        for (place, row) in chunk.enumerated() {
          for target in readers[row.field, default: []] {
            places[target * columns + row.mask] = Float(pairs.count)
            pairs.append((place, target))
          }
        }
        let values = try await formulas.scores(
          of: outputs, runs.seeds, mixes: mixes, runs.scores, pairs: pairs)
        table = try await formulas.fill(table, with: values, at: places)
        start += chunk.count
      } catch .backend(.outOfMemory(let what)) {
        plan = try await plans.halve(runs.key, plan, after: .outOfMemory(what), graph)
      }
    }
    return table
  }

  private func liveRows(
    of field: MaskField, fields: Int
  ) async throws(ExplanationError) -> [MaskedRow] {
    var live: HostTensor<Float>?
    if let tensor = field.live {
      live = try await engine { () async throws(BackendError) in try await tensor.download() }
    }
    var rows: [MaskedRow] = []
    for place in 0..<fields * field.count where live.map({ $0[place] > 0 }) ?? true {
      rows.append(MaskedRow(field: place / field.count, mask: place % field.count))
    }
    return rows
  }

  /// How much of its probability and of its plain value makes the score of each target, `[T, 2]`.
  private func mixes(of targets: [Target]) -> HostTensor<Float> {
    HostTensor(
      [targets.count, 2],
      targets.flatMap { $0.isScoredByValue ? [0, $0.sign] : [$0.sign, 0] })
  }

  private func check(
    _ field: MaskField, _ baseline: any ResidentTensor, _ seeds: any ResidentTensor,
    _ targets: [Target], fields: Int
  ) throws(ExplanationError) {
    var fits = field.tensors.allSatisfy { $0.shape[0] == fields && $0.shape[1] == field.count }
    switch field.geometry {
    case .boxes(let boxes, _): fits = boxes.shape == [field.count, 4]
    case .rank(let ranks, let thresholds, _):
      fits =
        ranks.shape == [fields, images.shape[2] * images.shape[3]]
        && thresholds.shape == [field.count, 1]
    default: break
    }
    if case .imputation(let noise, _) = field.fill { fits = fits && !noise.isEmpty }
    let owners = field.images.map(Set.init)
    guard fits, field.live?.shape ?? [fields, field.count] == [fields, field.count],
      baseline.shape == images.shape, seeds.shape == [targets.count, layout.classes],
      owners?.allSatisfy({ 0..<images.shape[0] ~= $0 }) ?? true,
      targets.allSatisfy({ owners?.contains($0.image) ?? true })
    else {
      throw .backend(.mismatch("masks, baseline or seeds do not fit \(targets.count) targets"))
    }
  }
}

extension Formulas {
  /// The scores of pairs of a row and a target, `[P, 1]`.
  ///
  /// A pair's score is mixes[t, 0] · probability + mixes[t, 1] · value, with the target's weights
  /// of the outputs; it does not depend on the other pairs.
  /// - Parameters:
  ///   - readouts: logits `[R, K]` and, under a softmax, probabilities `[R, K]`.
  ///   - seeds: the weights of the outputs in each target, `[T, K]`.
  ///   - mixes: `[T, 2]`.
  ///   - scores: how outputs become scores.
  ///   - pairs: P of them.
  /// - Returns: a score for each pair.
  /// - Throws: `ExplanationError` where the engine fails.
  func scores(
    of readouts: [any ResidentTensor], _ seeds: any ResidentTensor,
    mixes: any ResidentTensor, _ scores: ScoreFunction, pairs: [(row: Int, target: Int)]
  ) async throws(ExplanationError) -> any ResidentTensor {
    let classes = seeds.shape[1]
    let graph = try formula { (builder: inout GraphBuilder) throws(GraphError) in
      let tables = readouts.indices.map {
        builder.input("readout \($0)", [1, classes], rows: .cells)
      }
      let weights = builder.input("weights", [1, classes], rows: .fields)
      let mixes = builder.input("mixes", [1, 2], rows: .fields)
      let row = builder.input("rows", [1, 1])
      let target = builder.input("targets", [1, 1])
      let own = try builder.add(Gather(), [weights, target])
      let values = try tables.map { table throws(GraphError) in
        try builder.weightedSum(own, builder.add(Gather(), [table, row]))
      }
      let value = values[0]
      let probability =
        scores == .sigmoid ? try builder.add(Sigmoid(), [value]) : values[values.count - 1]
      let both = try builder.add(Concat(axis: 1), [probability, value])
      return [
        try builder.weightedSum(builder.add(Gather(), [mixes, target]), both)
      ]
    }
    // A piece is small, whatever the number of pairs: all classes of an image may be asked for.
    var parts: [(places: [Int], tensors: [any ResidentTensor])] = []
    for start in stride(from: 0, to: pairs.count, by: Self.mostPairs) {
      let piece = pairs[start..<min(start + Self.mostPairs, pairs.count)]
      let index = try await upload(HostTensor([piece.count, 1], piece.map { Float($0.row) }))
      let owners = try await upload(HostTensor([piece.count, 1], piece.map { Float($0.target) }))
      let values = try await runOne(
        graph, rows: piece.count, readouts + [seeds, mixes, index, owners])
      parts.append((Array(start..<start + piece.count), [values]))
    }
    guard let joined = try await join(parts, rows: pairs.count).first else {
      throw .backend(.mismatch("no pair to score"))
    }
    return joined
  }

  /// The most pairs scored at once.
  private static let mostPairs = 1024
}
