import Execution
import Graphs
import Tensors

extension Session {
  /// The scores of masked images, `[T, M]`: mask m of field t over the image of target t.
  ///
  /// The score of a target is its probability under the session's score function or its plain
  /// value, with the sign of the target. Live masks of all targets are packed, in the order of
  /// targets and masks, into runs of up to the capacity; skipped masks score 0. Only the table of
  /// live masks is read back. Where the device refuses a run, the capacity is halved.
  /// - Throws: `ExplanationError` where the shapes do not fit or the engine fails.
  public func scores(
    under field: MaskField, baseline: any ResidentTensor, _ targets: [Target],
    seeds: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor {
    try check(targets)
    try check(field, baseline, seeds, fields: targets.count)
    let live = try await liveRows(of: field, fields: targets.count)
    var table = try await upload(HostTensor([targets.count, field.count], filledWith: 0))
    let fixed = [images, baseline] + field.tensors + [seeds, try await upload(mixes(of: targets))]
    // Classes share runs; every expression is a network of its own.
    for expression in targets.map(\.expression).uniqued {
      let rows = live.filter { targets[$0.field].expression == expression }
      let structure = MaskedStructure(
        masks: field.structure, count: field.count, scores: options.scores,
        expression: expression)
      table = try await fill(table, structure, fixed, rows, targets)
    }
    return table
  }

  /// Adds the scores of live rows to a table of scores, in runs of up to the capacity.
  private func fill(
    _ empty: any ResidentTensor, _ structure: MaskedStructure, _ fixed: [any ResidentTensor],
    _ live: [MaskedRow], _ targets: [Target]
  ) async throws(ExplanationError) -> any ResidentTensor {
    var table = empty
    let layout = layout
    let graph = { @Sendable () throws(GraphError) in try structure.graph(of: layout) }
    let key = NetworkPlan.masked(structure)
    let wish = min(max(options.rows, 1), targets.count * structure.count)
    var plan = try await plans.plan(key, rows: wish, graph)
    var start = 0
    while start < live.count {
      try checkCancellation()
      let chunk = live[start..<min(start + plan.capacity, live.count)]
      do throws(ExplanationError) {
        let values = try await run(plan, fixed, Array(chunk), targets)
        var places = HostTensor<Float>([targets.count, structure.count], filledWith: -1)
        for (place, row) in chunk.enumerated() {
          places[row.field * structure.count + row.mask] = Float(place)
        }
        table = try await formulas.fill(table, with: values, at: places)
        start += chunk.count
      } catch .backend(.outOfMemory(let what)) {
        plan = try await plans.halve(key, plan, after: .outOfMemory(what), graph)
      }
    }
    return table
  }

  /// A masked image: mask `mask` of field `field`.
  private struct MaskedRow {
    let field: Int
    let mask: Int
  }

  private func run(
    _ plan: Plan, _ fixed: [any ResidentTensor], _ rows: [MaskedRow], _ targets: [Target]
  ) async throws(ExplanationError) -> any ResidentTensor {
    let places = rows.flatMap { [Float($0.field), Float($0.mask)] }
    let owners = rows.map { Float(targets[$0.field].image) }
    let inputs =
      fixed + [
        try await upload(HostTensor([rows.count, 2], places)),
        try await upload(HostTensor([rows.count, 1], owners)),
      ]
    let outputs = try await engine { () async throws(BackendError) in
      try await plan.executable.run(inputs, parameters)
    }
    guard let values = outputs.first else {
      throw .backend(.mismatch("a forward run without scores"))
    }
    await counts.add { statistics in
      statistics.capacity = plan.capacity
      statistics.maskedRows += rows.count
      statistics.maskedRuns += 1
    }
    return values
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
    _ field: MaskField, _ baseline: any ResidentTensor, _ seeds: any ResidentTensor, fields: Int
  ) throws(ExplanationError) {
    let fits = field.tensors.allSatisfy { $0.shape[0] == fields && $0.shape[1] == field.count }
    guard fits, field.live?.shape ?? [fields, field.count] == [fields, field.count],
      baseline.shape == images.shape, seeds.shape == [fields, layout.classes]
    else {
      throw .backend(.mismatch("masks, baseline or seeds do not fit \(fields) targets"))
    }
  }
}

extension MaskField {
  /// The tensors that describe the masks.
  var tensors: [any ResidentTensor] {
    switch geometry {
    case .grid(let maps, let affine, _, _, _): [maps, affine]
    case .dense(let masks): [masks]
    }
  }

  /// What of the field is structure.
  var structure: MaskedStructure.Masks {
    switch geometry {
    case .grid(_, _, let height, let width, let alignsCorners):
      .grid(height: height, width: width, alignsCorners: alignsCorners)
    case .dense: .dense
    }
  }
}
