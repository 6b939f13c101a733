import Tensors

/// The only way to make nodes.
///
/// Shapes are checked on every add.
///
/// Adding the same operator to the same inputs twice gives the same value, so formulas may be
/// written naively.
public struct GraphBuilder: ~Copyable {
  private(set) var nodes: [Node] = []
  private(set) var inputs: [Value] = []
  private(set) var taps: [Tap] = []
  private var known: [Key: Value] = [:]
  private var parameters: [ParameterName: Value] = [:]
  private var tapKeys: Set<TapKey> = []

  private struct Key: Hashable {
    let operation: AnyHashable
    let inputs: [Value]
  }

  private struct TapKey: Hashable {
    let name: LayerName
    let kind: Tap.Kind
  }

  /// A builder without nodes.
  public init() {}

  /// A builder that goes on where a graph ends; every value of the graph keeps its place.
  public init(extending graph: Graph) {
    nodes = graph.nodes
    inputs = graph.inputs
    taps = graph.taps
    for node in nodes {
      switch node.source {
      case .operation(let operation, let inputs):
        known[Key(operation: AnyHashable(operation), inputs: inputs)] = node.value
      case .parameter(let name): parameters[name] = node.value
      case .input, .constant: continue
      }
    }
    for tap in taps { tapKeys.insert(TapKey(name: tap.name, kind: tap.kind)) }
  }

  /// Declares an input.
  /// - Parameters:
  ///   - name: what errors and plans call it.
  ///   - shape: its shape, leading extent 1 where it has rows.
  ///   - rows: what its leading axis counts; nil where the shape is fixed.
  /// - Returns: the value that stands for it.
  public mutating func input(_ name: String, _ shape: Shape, rows: RowAxis? = .rows) -> Value {
    precondition(rows == nil || shape.extents.first == 1, "\(name): rows do not lead \(shape)")
    let value = append(.input(name), shape, rows)
    inputs.append(value)
    return value
  }

  /// Declares a weight that the backend holds.
  public mutating func parameter(_ name: ParameterName, _ shape: Shape) -> Value {
    if let value = parameters[name] {
      precondition(self.shape(of: value) == shape, "\(name): two shapes")
      return value
    }
    let value = append(.parameter(name), shape, nil)
    parameters[name] = value
    return value
  }

  /// A number known now.
  public mutating func constant(_ tensor: HostTensor<Float>) -> Value {
    append(.constant(tensor), tensor.shape, nil)
  }

  /// A rank-0 constant, which broadcasts to any shape.
  public mutating func constant(_ scalar: Float) -> Value {
    constant(HostTensor(scalar: scalar))
  }

  /// Computes a value.
  /// - Throws: `GraphError.shape` where the operator cannot take these inputs.
  public mutating func add(
    _ operation: some Operator, _ inputs: [Value]
  ) throws(GraphError) -> Value {
    let key = Key(operation: AnyHashable(operation), inputs: inputs)
    if let value = known[key] { return value }
    let shape: Shape
    let rows: RowAxis?
    do throws(ShapeError) {
      shape = try operation.outputShape(inputs.map { nodes[$0.id].shape })
      rows = try operation.outputRows(inputs.map { nodes[$0.id].rows })
      if rows != nil, shape.extents.first != 1 {
        throw ShapeError(operation.name, "the rows do not lead \(shape)")
      }
      try checkRows(operation, inputs, shape, rows)
    } catch {
      throw .shape(error, inputs: inputs.map { nodes[$0.id].shape })
    }
    let value = append(.operation(operation, inputs), shape, rows)
    known[key] = value
    return value
  }

  /// The shape of a value; the leading extent is 1 where it has rows.
  public func shape(of value: Value) -> Shape { nodes[value.id].shape }

  /// What the leading axis of a value counts.
  public func rows(of value: Value) -> RowAxis? { nodes[value.id].rows }

  /// The operator that makes a value, with its inputs; nil for inputs, parameters and constants.
  public func operation(of value: Value) -> (any Operator, [Value])? {
    guard case .operation(let operation, let inputs) = nodes[value.id].source else { return nil }
    return (operation, inputs)
  }

  /// Makes a value known by name.
  ///
  /// The first value of a name and kind keeps it.
  public mutating func tap(_ name: LayerName, _ value: Value, kind: Tap.Kind) {
    guard tapKeys.insert(TapKey(name: name, kind: kind)).inserted else { return }
    taps.append(Tap(name: name, value: value, kind: kind))
  }

  /// The finished graph.
  /// - Throws: `GraphError.noOutput` where nothing is asked for.
  public consuming func finish(outputs: [Value]) throws(GraphError) -> Graph {
    guard !outputs.isEmpty else { throw .noOutput }
    return Graph(nodes: nodes, inputs: inputs, outputs: outputs, taps: taps)
  }

  /// Asks the shape rule again with two or more rows on each axis: what was 1 while the graph is
  /// built must be rows of the output when it runs, and nothing else of its shape may change.
  private func checkRows(
    _ operation: some Operator, _ inputs: [Value], _ shape: Shape, _ rows: RowAxis?
  ) throws(ShapeError) {
    var counts: [RowAxis: Int] = [:]
    let shapes = inputs.map { input in
      let node = nodes[input.id]
      guard let axis = node.rows else { return node.shape }
      let count = counts[axis] ?? counts.count + 2
      counts[axis] = count
      return node.shape.withRows(count)
    }
    guard !counts.isEmpty else { return }
    let found = try operation.outputShape(shapes)
    let expected = rows.map { shape.withRows(counts[$0] ?? 1) } ?? shape
    guard found == expected else {
      let names = counts.keys.map(\.name).sorted().joined(separator: ", ")
      throw ShapeError(operation.name, "\(names) cannot vary: they do not lead \(shape)")
    }
  }

  private mutating func append(_ source: Node.Source, _ shape: Shape, _ rows: RowAxis?) -> Value {
    let value = Value(id: nodes.count)
    nodes.append(Node(value: value, source: source, shape: shape, rows: rows))
    return value
  }
}
