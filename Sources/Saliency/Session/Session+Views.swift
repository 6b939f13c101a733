import Execution
import Graphs
import Operators
import Tensors

extension Session {
  /// One forward pass for each image that targets refer to, however many do; cached.
  /// - Throws: `ExplanationError` where a target or layer does not fit or the engine fails.
  public func views(
    for targets: [Target], activations: [LayerName]
  ) async throws(ExplanationError) -> Views {
    try check(targets)
    var seen: Set<Int> = []
    let firsts = targets.filter { seen.insert($0.image).inserted }
    let evidence = try await evidence(Query(targets: firsts, activations: activations))
    var views = Views(
      images: firsts.map(\.image), outputs: evidence.outputs,
      activations: evidence.activations, seeds: evidence.seeds)
    if firsts.count < targets.count {
      views.seeds = try await seeds(of: targets, views.rows(of: targets), from: evidence.outputs)
    }
    views.values = try await values(of: targets)
    return views
  }

  /// The values of targets that are expressions, `[T, 1]`, and of the others 0; nil where none is.
  private func values(
    of targets: [Target]
  ) async throws(ExplanationError) -> (any ResidentTensor)? {
    let places = targets.indices.filter { targets[$0].expression != nil }
    guard !places.isEmpty else { return nil }
    let evidence = try await evidence(Query(targets: places.map { targets[$0] }))
    guard let values = evidence.values else { return nil }
    return try await formulas.join([(places, [values])], rows: targets.count).first
  }

  /// Evidence without gradients of logits that share images: each image goes forward once.
  func shared(_ query: Query) async throws(ExplanationError) -> Evidence {
    let views = try await views(for: query.targets, activations: query.activations)
    let rows = views.rows(of: query.targets)
    let outputs = try await take(rows, of: views.outputs)
    let signs = try await upload(HostTensor([rows.count, 1], query.targets.map(\.sign)))
    let numbers = try await formulas.compute([outputs, views.seeds, signs]) {
      (builder, inputs) throws(GraphError) in
      let value = try builder.weightedSum(inputs[1], inputs[0])
      return [value, try builder.add(Multiply(), [value, inputs[2]])]
    }
    var evidence = Evidence(
      outputs: outputs, seeds: views.seeds, values: numbers[0], differentiated: numbers[1])
    for (layer, activations) in views.activations {
      evidence.activations[layer] = try await take(rows, of: activations)
    }
    return evidence
  }

  /// The weights of the outputs in each target, `[T, K]`, from outputs `[F, K]` of clean images.
  private func seeds(
    of targets: [Target], _ rows: [Int], from outputs: any ResidentTensor
  ) async throws(ExplanationError) -> any ResidentTensor {
    let explicit = try await upload(weights(of: targets))
    guard targets.contains(where: { $0.rank > 0 }) else { return explicit }
    let structure = EvidenceStructure(
      head: .logit, scores: options.scores, ranks: ranks(of: targets), activations: [],
      gradients: [], rules: .derivative)
    let classes = layout.classes
    let inputs = [
      try await take(rows, of: outputs), explicit,
      try await upload(HostTensor([targets.count, 1], targets.map { Float($0.rank - 1) })),
    ]
    return try await formulas.compute(inputs) { (builder, inputs) throws(GraphError) in
      let top = try structure.topWeights(of: inputs[0], at: inputs[2], classes, in: &builder)
      return [try builder.add(Add(), [inputs[1], top])]
    }[0]
  }
}
