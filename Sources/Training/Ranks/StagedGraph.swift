import Graphs

/// A graph in pieces that run one after the other, cut where vectors are summed over ranks.
///
/// A value belongs to the piece behind all sums that it follows from. What later pieces read of
/// earlier ones, activations for the backward pass above all, stays on the device in between.
struct StagedGraph {
  /// A piece.
  struct Stage {
    /// What is computed.
    let graph: Graph
    /// The values of the whole graph that are its inputs.
    let inputs: [Value]
    /// The values of the whole graph that are its outputs.
    let outputs: [Value]
    /// What is summed behind it, and the values of the whole graph that the sums are.
    let sums: [(vector: Value, sum: Value)]
  }

  /// The whole graph.
  let graph: Graph
  /// The pieces, in order.
  let stages: [Stage]

  /// Cuts a graph; one without sums is one piece.
  /// - Throws: `GraphError` where a piece computes nothing.
  init(_ graph: Graph) throws(GraphError) {
    self.graph = graph
    let live = graph.liveness
    let nodes = graph.nodes.filter { $0.operation != nil && live.isNeeded($0.value) }
    let sums = nodes.filter { $0.operation is SummedOverRanks }
    guard !sums.isEmpty else {
      self.stages = [Stage(graph: graph, inputs: graph.inputs, outputs: graph.outputs, sums: [])]
      return
    }
    var levels = [Int](repeating: 0, count: graph.nodes.count)
    for node in nodes {
      let level = node.inputs.map { levels[$0.id] }.max() ?? 0
      levels[node.value.id] = node.operation is SummedOverRanks ? level + 1 : level
    }
    // What a piece gives to others: to later ones, to a sum, or to who asked for it.
    var given = Set(graph.outputs)
    for node in nodes {
      let level = levels[node.value.id]
      given.formUnion(node.inputs.filter { levels[$0.id] < level })
    }
    let kept = nodes.filter { !($0.operation is SummedOverRanks) && !graph.isFixed($0.value) }
    var stages: [Stage] = []
    for level in 0...(levels.max() ?? 0) {
      let ends = sums.filter { levels[$0.value.id] == level + 1 }
      let own = kept.filter { levels[$0.value.id] == level }
      stages.append(
        try Stage(own, of: graph, given, sums: ends.map { ($0.inputs[0], $0.value) }))
    }
    self.stages = stages
  }

  /// The last piece that reads each value, by its place.
  var lastUses: [Value: Int] {
    var uses: [Value: Int] = [:]
    for (place, stage) in stages.enumerated() {
      for value in stage.inputs { uses[value] = place }
    }
    return uses
  }
}

extension StagedGraph.Stage {
  /// The piece of some nodes.
  fileprivate init(
    _ nodes: [Node], of graph: Graph, _ given: Set<Value>, sums: [(vector: Value, sum: Value)]
  ) throws(GraphError) {
    let values = nodes.map(\.value)
    inputs = Set(nodes.flatMap(\.inputs)).subtracting(values).filter(graph.isPassedOn).sorted()
    outputs = values.filter(given.contains)
    self.graph = try graph.piece(from: inputs, to: outputs)
    self.sums = sums
  }
}

extension Graph {
  /// Whether pieces get the value from others: what follows from parameters they have themselves.
  fileprivate func isPassedOn(_ value: Value) -> Bool {
    switch self[value].source {
    case .input: true
    case .parameter, .constant: false
    case .operation: !isFixed(value)
    }
  }

  /// What leads from some values to others, as a graph of its own.
  fileprivate func piece(
    from inputs: [Value], to outputs: [Value]
  ) throws(GraphError) -> Graph {
    var builder = GraphBuilder()
    var places: [Value: Value] = [:]
    for value in inputs {
      places[value] = builder.input(describe(value), self[value].shape, rows: self[value].rows)
    }
    let values = try builder.inline(with(outputs: outputs), replacing: places)
    return try builder.finish(outputs: values)
  }
}
