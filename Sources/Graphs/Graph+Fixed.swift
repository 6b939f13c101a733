import Tensors

/// What follows from parameters alone and is the same in every run.
extension Graph {
  /// Whether a value follows from parameters and constants, at least one parameter among them.
  public func isFixed(_ value: Value) -> Bool {
    knowsWithoutInputs(value) && readsParameter(value)
  }

  /// Rows come from inputs alone, so the search ends at the first value that has some.
  private func knowsWithoutInputs(_ value: Value) -> Bool {
    let node = self[value]
    guard node.rows == nil else { return false }
    switch node.source {
    case .input: return false
    case .parameter, .constant: return true
    case .operation(_, let inputs): return inputs.allSatisfy(knowsWithoutInputs)
    }
  }

  private func readsParameter(_ value: Value) -> Bool {
    switch self[value].source {
    case .parameter: true
    case .input, .constant: false
    case .operation(_, let inputs): inputs.contains(where: readsParameter)
    }
  }

  /// The fixed values that other values read and that need not be computed in a run, if somebody
  /// keeps them: all but outputs and what those are made of.
  public var keptValues: Set<Value> {
    var kept = Set(nodes.filter { $0.operation != nil && isFixed($0.value) }.map(\.value))
    var made = outputs
    while let value = made.popLast() {
      if kept.remove(value) != nil { made += self[value].inputs }
    }
    return kept
  }

  /// Makes a fixed value of this graph in another one.
  /// - Parameters:
  ///   - value: a fixed value.
  ///   - builder: makes the other graph.
  ///   - places: values of this graph that are there already; what is made is added.
  /// - Returns: the value in the other graph.
  /// - Throws: `GraphError` as `GraphBuilder.add` does.
  public func carry(
    _ value: Value, into builder: inout GraphBuilder, _ places: inout [Value: Value]
  ) throws(GraphError) -> Value {
    if let known = places[value] { return known }
    let node = self[value]
    let carried: Value
    switch node.source {
    case .input(let name): carried = builder.input(name, node.shape, rows: node.rows)
    case .parameter(let name): carried = builder.parameter(name, node.shape)
    case .constant(let number): carried = builder.constant(number)
    case .operation(let operation, let inputs):
      var operands: [Value] = []
      for input in inputs { operands.append(try carry(input, into: &builder, &places)) }
      carried = try builder.add(operation, operands)
    }
    places[value] = carried
    return carried
  }
}
