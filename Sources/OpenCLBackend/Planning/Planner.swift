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
    for group in groups { place(group, in: graph) }
    let outputs = graph.outputs.map { place(output: $0, in: graph) }
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
      isParameter: node.inputs.map {
        if case .parameter = graph[$0].source { true } else { false }
      }, traits: traits)
  }

  // MARK: - Layouts

  private mutating func place(_ group: Group, in graph: Graph) {
    let forms = group.variant.inputs
    precondition(forms.count >= group.anchor.inputs.count, "\(group.variant.name): input forms")
    let inputs = zip(group.anchor.inputs, forms).map { tensor(of: $0, as: $1, in: graph) }
    let sourceForm = group.variant.output.map(InputForm.layout) ?? .any
    let residual = group.residual.map { tensor(of: $0, as: sourceForm, in: graph) }
    let gate = group.gate.map { tensor(of: $0, as: sourceForm, in: graph) }
    let node = graph[group.output]
    let layout = group.variant.output ?? .canonical(for: node.shape)
    let output = append(node, layout)
    places[Place(value: group.output, form: .layout(layout))] = output
    places[Place(value: group.output, form: .any)] = output
    steps.append(
      Plan.Step(
        nodes: group.nodes, variant: group.variant, tile: tile(for: group, in: graph),
        inputs: inputs, residual: residual, activation: group.activation, gate: gate,
        bounds: group.bounds, output: output))
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
  private mutating func tensor(of value: Value, as form: InputForm, in graph: Graph) -> Int {
    if let known = places[Place(value: value, form: form)] { return known }
    let node = graph[value]
    if case .packed(let packed) = form, case .parameter(let name) = node.source {
      tensors.append(
        Plan.Tensor(
          shape: node.shape, rows: nil, layout: .plain, storage: .parameter(name, packed)))
      places[Place(value: value, form: form)] = tensors.count - 1
      return tensors.count - 1
    }
    let base = places[Place(value: value, form: .any)] ?? placeSource(node, in: graph)
    guard case .layout(let layout) = form, tensors[base].layout != layout else { return base }
    let copy = append(node, layout)
    places[Place(value: value, form: form)] = copy
    steps.append(
      Plan.Step(
        nodes: [], variant: .layoutChange, tile: Tile(), inputs: [base], residual: nil,
        activation: .none, gate: nil, bounds: nil, output: copy))
    return copy
  }

  private mutating func placeSource(_ node: Node, in graph: Graph) -> Int {
    let storage: Plan.Storage
    var layout = Layout.canonical(for: node.shape)
    switch node.source {
    case .constant(let number): storage = .constant(number)
    case .input:
      guard let place = graph.inputs.firstIndex(of: node.value) else {
        preconditionFailure("every input is listed")
      }
      storage = .input(place)
    case .parameter(let name): (storage, layout) = (.parameter(name, .plain), .plain)
    case .operation: preconditionFailure("computed values are placed by their group")
    }
    tensors.append(
      Plan.Tensor(shape: node.shape, rows: node.rows, layout: layout, storage: storage))
    places[Place(value: node.value, form: .any)] = tensors.count - 1
    places[Place(value: node.value, form: .layout(layout))] = tensors.count - 1
    return tensors.count - 1
  }

  /// An output crosses the border in its canonical layout, in memory of its own.
  private mutating func place(output value: Value, in graph: Graph) -> Int {
    let shape = graph[value].shape
    let held = tensor(of: value, as: .layout(.canonical(for: shape)), in: graph)
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
