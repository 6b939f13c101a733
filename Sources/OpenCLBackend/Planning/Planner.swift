import Execution
import Graphs
import Operators
import Tensors

/// How a graph is turned into a plan.
struct Planner {
  /// What the kernels may count on.
  let traits: DeviceTraits
  /// The most rows of a tensor of the plan's own.
  let capacity: Int
  /// The arithmetic.
  let precision: Precision
  /// The inputs that may be overwritten.
  let donated: Set<Int>
  /// The tiles that are known to be good.
  let tuning: Tuning
  /// What to change for the sake of checking; nil in production.
  let inspection: Inspection?

  private var tensors: [Plan.Tensor] = []
  private var steps: [Plan.Step] = []
  private var places: [Place: Int] = [:]

  /// A value in a form.
  private struct Place: Hashable {
    let value: Value
    let form: InputForm
  }

  init(
    traits: DeviceTraits, _ options: CompileOptions, tuning: Tuning, inspection: Inspection?
  ) {
    self.traits = traits
    capacity = options.capacity
    precision = options.precision
    donated = options.donated
    self.tuning = tuning
    self.inspection = inspection
  }

  /// Whether any kernel can compute a node.
  static func supports(_ node: Node, in graph: Graph, traits: DeviceTraits) -> Bool {
    // Two rows: a batch of one would pass for an extent that broadcasts.
    node.operation == nil || !ladder(of: node, in: graph, traits, capacity: 2).isEmpty
  }

  /// The variants of a node, the definition first; empty where no kernel can compute it.
  static func ladder(
    of node: Node, in graph: Graph, _ traits: DeviceTraits, capacity: Int
  ) -> [Variant] {
    guard let kernels = node.operation as? any OpenCLOperator else { return [] }
    return kernels.variants(at: site(of: node, in: graph, traits, capacity: capacity))
  }

  /// Makes the plan.
  /// - Throws: `BackendError.unsupported` where no kernel can compute a node.
  consuming func plan(_ graph: Graph) throws(BackendError) -> Plan {
    var grouping = Grouping(graph, fuses: inspection?.fuses ?? true)
    let groups = try grouping.groups { node throws(BackendError) in
      try variant(of: node, in: graph)
    }
    for group in groups { try place(group, in: graph) }
    var outputs: [Int] = []
    for output in graph.outputs { outputs.append(try place(output: output, in: graph)) }
    var plan = Plan(
      graph: graph, capacity: capacity, tensors: tensors, steps: steps, outputs: outputs)
    plan.shareMemory(alignment: traits.alignment)
    plan.assignMemory(reusesSlots: inspection == nil)
    return plan
  }

  private func variant(of node: Node, in graph: Graph) throws(BackendError) -> Variant {
    let ladder = Self.ladder(of: node, in: graph, traits, capacity: capacity)
    let wanted = inspection?.variant.flatMap { name in ladder.first { $0.name == name } }
    guard let variant = wanted ?? ladder.last else {
      throw .unsupported(node: "\(node.operation?.name ?? "input") \(node.shape)")
    }
    return variant
  }

  private static func site(
    of node: Node, in graph: Graph, _ traits: DeviceTraits, capacity: Int
  ) -> OperatorSite {
    OperatorSite(
      inputs: node.inputs.map { graph[$0].shape(rows: capacity) },
      output: node.shape(rows: capacity),
      isParameter: node.inputs.map(graph.isFixed), traits: traits)
  }

  // MARK: - Layouts

  private mutating func place(_ group: Group, in graph: Graph) throws(BackendError) {
    let inputs = try inputs(of: group, in: graph)
    let sourceForm = group.variant.output.map(InputForm.layout) ?? .any
    let residual = try group.residual.map { value throws(BackendError) in
      try tensor(of: value, as: sourceForm, in: graph)
    }
    let gate = try group.gate.map { value throws(BackendError) in
      try tensor(of: value, as: sourceForm, in: graph)
    }
    let node = graph[group.output]
    let layout = group.variant.output ?? .canonical(for: node.shape)
    let output = append(node, layout)
    if let input = overwritten(by: group, of: inputs, in: graph) {
      tensors[output].storage = tensors[input].storage
    }
    places[Place(value: group.output, form: .layout(layout))] = output
    places[Place(value: group.output, form: .any)] = output
    steps.append(
      Plan.Step(
        nodes: group.nodes, variant: group.variant, tile: tile(for: group, in: graph),
        inputs: inputs, residual: residual, activation: group.activation, gate: gate,
        bounds: group.bounds, output: output))
  }

  /// The donated input of the graph whose memory the output of a group takes: nobody else reads it.
  private func overwritten(by group: Group, of inputs: [Int], in graph: Graph) -> Int? {
    guard let place = group.variant.overwrites, group.nodes == [group.output],
      graph.outputs.contains(group.output), inspection == nil,
      case .input(let donor) = tensors[inputs[place]].storage, donated.contains(donor),
      graph.consumers(of: graph.inputs[donor]).count == 1
    else { return nil }
    return inputs[place]
  }

  private mutating func inputs(
    of group: Group, in graph: Graph
  ) throws(BackendError) -> [Int] {
    let forms = group.variant.inputs
    precondition(forms.count >= group.anchor.inputs.count, "\(group.variant.name): input forms")
    guard let norm = group.norm else {
      var inputs: [Int] = []
      for (value, form) in zip(group.anchor.inputs, forms) {
        inputs.append(try tensor(of: value, as: form, in: graph))
      }
      return inputs
    }
    let folded = try planning { () throws(GraphError) in
      try Weight.folding(norm, into: group.anchor, of: graph)
    }
    guard let (filters, bias) = folded else { preconditionFailure("only such nodes are absorbed") }
    let shapes = [graph[group.anchor.inputs[1]].shape, graph[norm.inputs[1]].shape]
    return [
      try tensor(of: group.anchor.inputs[0], as: forms[0], in: graph),
      append(filters, shapes[0], forms[1]), append(bias, shapes[1], forms[2]),
    ]
  }

  /// The tile of a step: the one to be checked, the best one known, or the most promising one.
  private func tile(for group: Group, in graph: Graph) -> Tile {
    let tiles = group.variant.tiles
    if let wanted = inspection?.tile, tiles.contains(wanted) { return wanted }
    let key = TuningKey(
      group.anchor, in: graph, group.variant, capacity: capacity, precision: precision)
    if let known = key.flatMap(tuning.tile(for:)), tiles.contains(known) { return known }
    return tiles[0]
  }

  /// The tensor that holds a value in a form; a change of layout is a step of its own.
  private mutating func tensor(
    of value: Value, as form: InputForm, in graph: Graph
  ) throws(BackendError) -> Int {
    if let known = places[Place(value: value, form: form)] { return known }
    let node = graph[value]
    if case .packed = form {
      let packed = append(try weight(of: node, in: graph), node.shape, form)
      places[Place(value: value, form: form)] = packed
      return packed
    }
    let known = places[Place(value: value, form: .any)]
    let base = if let known { known } else { try placeSource(node, in: graph) }
    guard case .layout(let layout) = form, tensors[base].layout != layout else { return base }
    let copy = append(node, layout)
    places[Place(value: value, form: form)] = copy
    steps.append(
      Plan.Step(
        nodes: [], variant: .layoutChange(traits), tile: Tile(), inputs: [base], residual: nil,
        activation: .none, gate: nil, bounds: nil, output: copy))
    return copy
  }

  private func weight(of node: Node, in graph: Graph) throws(BackendError) -> Weight {
    let weight = try planning { () throws(GraphError) in try Weight(node.value, in: graph) }
    guard let weight else { preconditionFailure("computed values are placed by their group") }
    return weight
  }

  /// A tensor for a weight.
  private mutating func append(_ weight: Weight, _ shape: Shape, _ form: InputForm) -> Int {
    var packed = ParameterForm.plain
    if case .packed(let form) = form { packed = form }
    tensors.append(
      Plan.Tensor(shape: shape, rows: nil, layout: .plain, storage: .weight(weight, packed)))
    return tensors.count - 1
  }

  private mutating func placeSource(
    _ node: Node, in graph: Graph
  ) throws(BackendError) -> Int {
    let storage: Plan.Storage
    var layout = Layout.canonical(for: node.shape)
    switch node.source {
    case .constant(let number): storage = .constant(number)
    case .input:
      guard let place = graph.inputs.firstIndex(of: node.value) else {
        preconditionFailure("every input is listed")
      }
      storage = .input(place)
    case .parameter, .operation:
      (storage, layout) = (.weight(try weight(of: node, in: graph), .plain), .plain)
    }
    tensors.append(
      Plan.Tensor(shape: node.shape, rows: node.rows, layout: layout, storage: storage))
    places[Place(value: node.value, form: .any)] = tensors.count - 1
    places[Place(value: node.value, form: .layout(layout))] = tensors.count - 1
    return tensors.count - 1
  }

  /// An output crosses the border in its canonical layout, in memory of its own.
  private mutating func place(
    output value: Value, in graph: Graph
  ) throws(BackendError) -> Int {
    let shape = graph[value].shape
    let held = try tensor(of: value, as: .layout(.canonical(for: shape)), in: graph)
    if case .slot = tensors[held].storage {
      tensors[held].storage = .output
    }
    return held
  }

  private mutating func append(_ node: Node, _ layout: Layout) -> Int {
    tensors.append(
      Plan.Tensor(shape: node.shape, rows: node.rows, layout: layout, storage: .slot(-1)))
    return tensors.count - 1
  }
}

/// Runs a body that extends a graph; what it refuses cannot be planned.
private func planning<Result>(
  _ body: () throws(GraphError) -> Result
) throws(BackendError) -> Result {
  do throws(GraphError) {
    return try body()
  } catch {
    throw .unsupported(node: "\(error)")
  }
}
