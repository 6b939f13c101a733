import Execution
import Graphs
import Tensors

/// The evidence of one batch, kept so that methods share it.
actor EvidenceMemory {
  private var kept: [(query: Query, evidence: Evidence)] = []

  /// What a query asks for, from evidence that holds at least that.
  func evidence(for query: Query) -> Evidence? {
    let found = kept.first { entry in
      let hasRules = query.gradients.isEmpty || entry.query.rules == query.rules
      return hasRules && entry.query.targets == query.targets
        && (query.biases == nil || query.biases == entry.query.biases)
        && (query.relevance == nil || query.relevance == entry.query.relevance)
        && Set(query.activations).isSubset(of: entry.query.activations)
        && Set(query.gradients).isSubset(of: entry.query.gradients)
    }
    guard var evidence = found?.evidence else { return nil }
    // Methods tell what they asked for by what is there: no more than that may come back.
    evidence.activations = evidence.activations.filter { query.activations.contains($0.key) }
    evidence.gradients = evidence.gradients.filter { query.gradients.contains($0.key) }
    return evidence
  }

  /// Keeps evidence, and drops what it contains.
  func keep(_ evidence: Evidence, for query: Query) {
    kept.removeAll { entry in
      let hasRules = entry.query.gradients.isEmpty || entry.query.rules == query.rules
      return hasRules && entry.query.targets == query.targets
        && (entry.query.biases == nil || entry.query.biases == query.biases)
        && (entry.query.relevance == nil || entry.query.relevance == query.relevance)
        && Set(entry.query.activations).isSubset(of: query.activations)
        && Set(entry.query.gradients).isSubset(of: query.gradients)
    }
    kept.append((query, evidence))
  }
}

extension Session {
  /// One forward and at most one backward pass for each target, shared between methods.
  ///
  /// Targets of several heads are run head by head and put together again in order.
  /// - Throws: `ExplanationError` where a target or layer does not fit or the engine fails.
  public func evidence(_ query: Query) async throws(ExplanationError) -> Evidence {
    if let known = await memory.evidence(for: query) { return known }
    try check(query.targets)
    if query.gradients.isEmpty, query.biases == nil, query.relevance == nil,
      query.targets.allSatisfy({ $0.head == .logit }),
      Set(query.targets.map(\.image)).count < query.targets.count
    {
      return try await shared(query)
    }
    let evidence = try await evidence(query) {
      (targets, range) async throws(ExplanationError) in
      let piece = Array(targets[range])
      return [
        try await formulas.take(piece.map(\.image), of: images),
        try await upload(weights(of: piece)),
        try await upload(HostTensor([piece.count, 1], piece.map { Float($0.rank - 1) })),
      ]
    }
    await memory.keep(evidence, for: query)
    return evidence
  }

  /// The same for images of a method's own making; row r is image r under target r.
  /// - Throws: `ExplanationError` where a layer or the shapes do not fit or the engine fails.
  public func evidence(
    _ query: Query, on images: any ResidentTensor, seeds: any ResidentTensor
  ) async throws(ExplanationError) -> Evidence {
    let rows = query.targets.count
    guard rows > 0, images.shape == layout.imageShape.withRows(rows),
      seeds.shape == [rows, layout.classes]
    else {
      throw .backend(
        .mismatch("images \(images.shape) and seeds \(seeds.shape) for \(rows) targets"))
    }
    var named = query
    // The seeds say which outputs are read, so no rank is looked up.
    for row in 0..<rows {
      named.targets[row].image = row
      named.targets[row].choice = .outputs([])
    }
    return try await evidence(named) { (targets, range) async throws(ExplanationError) in
      let places = targets[range].map(\.image)
      return [
        try await formulas.take(places, of: images),
        try await formulas.take(places, of: seeds),
        try await upload(HostTensor([places.count, 1], filledWith: -1)),
      ]
    }
  }

  /// Runs targets of one head after the other and puts them together again in order.
  ///
  /// `rows` gives images, weights of outputs, and ranks for a range of the targets handed to it.
  private func evidence(
    _ query: Query,
    _ rows: ([Target], Range<Int>) async throws(ExplanationError) -> [any ResidentTensor]
  ) async throws(ExplanationError) -> Evidence {
    let relevant = query.relevance?.layers ?? []
    for layer in query.activations + query.gradients + relevant {
      _ = try network.activationShape(of: layer)
    }
    var parts: [(places: [Int], tensors: [any ResidentTensor])] = []
    // What is differentiated differs by head.
    let heads = query.targets.map(\.head)
    for head in heads.uniqued {
      let places = heads.indices.filter { heads[$0] == head }
      parts.append((places, try await run(query, head, places.map { query.targets[$0] }, rows)))
    }
    let joined = try await formulas.join(parts, rows: query.targets.count)
    let rest = Array(joined.dropFirst(3 + query.activations.count + query.gradients.count))
    let sums = Array(rest.dropFirst(1 + relevant.count))
    func named(_ layers: [LayerName], _ tensors: ArraySlice<any ResidentTensor>)
      -> [LayerName: any ResidentTensor]
    { Dictionary(zip(layers, tensors), uniquingKeysWith: { first, _ in first }) }
    return Evidence(
      outputs: joined[0], seeds: joined[1], values: joined[2],
      activations: named(query.activations, joined.dropFirst(3)),
      gradients: named(query.gradients, joined.dropFirst(3 + query.activations.count)),
      differentiated: rest.first,
      biases: query.biases == nil ? nil : BiasTerms.Sums(map: sums[0], total: sums[1]),
      relevance: named(relevant, rest.dropFirst()))
  }

  /// Logits, weights, values, activations and gradients of targets of one head, in pieces that fit.
  private func run(
    _ query: Query, _ head: Target.Head, _ targets: [Target],
    _ rows: ([Target], Range<Int>) async throws(ExplanationError) -> [any ResidentTensor]
  ) async throws(ExplanationError) -> [any ResidentTensor] {
    let structure = EvidenceStructure(
      head: head, scores: options.scores, ranks: ranks(of: targets),
      activations: query.activations, gradients: query.gradients, rules: query.rules,
      biases: query.biases, relevance: query.relevance)
    let layout = layout
    let waysBack =
      (query.gradients.isEmpty && query.biases == nil ? 0 : 1) + (query.relevance == nil ? 0 : 1)
    return try await formulas.pieces(
      targets.count, plans, .evidence(structure),
      { () throws(GraphError) in try structure.graph(of: layout) }
    ) { (range, plan) async throws(ExplanationError) in
      let signs = targets[range].map(\.sign)
      let inputs =
        try await rows(targets, range) + [try await upload(HostTensor([signs.count, 1], signs))]
      let outputs = try await engine { () async throws(BackendError) in
        try await plan.executable.run(inputs, parameters)
      }
      await counts.add { statistics in
        statistics.cleanForwards += signs.count
        statistics.backwards += waysBack * signs.count
      }
      return outputs
    }
  }

  /// How many ranks a plan must know: rounded up, so that few structures serve all targets.
  func ranks(of targets: [Target]) -> Int {
    let highest = targets.map(\.rank).max() ?? 0
    if highest <= 1 { return highest }
    return highest <= 5 ? 5 : max(layout.classes, 2)
  }

  /// The explicit weights of the outputs, `[T, K]`; repeated outputs add.
  func weights(of targets: [Target]) -> HostTensor<Float> {
    let classes = layout.classes
    var weights = HostTensor<Float>([targets.count, classes], filledWith: 0)
    for (row, target) in targets.enumerated() {
      guard case .outputs(let outputs) = target.choice else { continue }
      for output in outputs { weights[row * classes + output.index] += output.weight }
    }
    return weights
  }

  /// Checks that every target refers to an image and to outputs that exist.
  func check(_ targets: [Target]) throws(ExplanationError) {
    let classes = layout.classes
    let mostRanks = classes == 1 && options.scores != .raw ? 2 : classes
    guard !targets.isEmpty else { throw .unsuitable("no target is given") }
    for target in targets {
      guard 0..<images.shape[0] ~= target.image else {
        throw .unsuitable("image \(target.image) of a batch of \(images.shape[0])")
      }
      if let expression = target.expression {
        let count = try expression.count(over: layout.outputShapes)
        guard count == 1, !expression.outputs.isEmpty else {
          throw .unsuitable("a target is one number of the network's outputs, not \(count)")
        }
        continue
      }
      guard layout.hasClasses else {
        let shape = layout.outputShapes.first?.description ?? "nothing"
        throw .unsuitable("the network gives \(shape) for an image, no vector of classes")
      }
      switch target.choice {
      case .top(let rank):
        guard 1...mostRanks ~= rank else {
          throw .unsuitable("top\(rank): the network tells \(mostRanks) classes apart")
        }
      case .outputs(let outputs):
        guard !outputs.isEmpty else { throw .unsuitable("a target without outputs") }
        for output in outputs where !(0..<classes ~= output.index) {
          throw .unsuitable("output \(output.index): the network has 0...\(classes - 1)")
        }
        for output in outputs where !output.weight.isFinite {
          throw .unsuitable("output \(output.index): its weight is not finite")
        }
      }
    }
  }
}

extension Array where Element: Hashable {
  /// Each element once, in the order of first appearance.
  var uniqued: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}

extension Target {
  /// The rank that is asked for, from 1; 0 where outputs are named.
  var rank: Int {
    guard case .top(let rank) = choice else { return 0 }
    return rank
  }

  /// -1 where the target is negated, else 1.
  var sign: Float { negated ? -1 : 1 }
}
