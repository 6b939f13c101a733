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
    return views
  }

  /// Evidence without gradients of targets that share images: each image goes forward once.
  func shared(_ query: Query) async throws(ExplanationError) -> Evidence {
    let views = try await views(for: query.targets, activations: query.activations)
    let rows = views.rows(of: query.targets)
    var evidence = Evidence(
      outputs: try await take(rows, of: views.outputs), seeds: views.seeds)
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
