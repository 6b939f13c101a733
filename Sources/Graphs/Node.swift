import Tensors

/// A tensor in a graph.
///
/// Every value is made by exactly one node and has that node's place.
public struct Value: Hashable, Sendable, Comparable {
  /// The index of the node in `Graph.nodes`.
  public let id: Int

  package init(id: Int) {
    self.id = id
  }

  /// Values in the order in which they are computed.
  public static func < (left: Value, right: Value) -> Bool { left.id < right.id }
}

/// One step of a graph: where a value comes from, and its shape.
public struct Node: Sendable {
  /// Where the value of a node comes from.
  public enum Source: Sendable {
    /// Given when the graph runs, in the order of `Graph.inputs`.
    case input(String)
    /// A weight, held by the backend under its name.
    case parameter(ParameterName)
    /// A number known when the graph is made; small.
    case constant(HostTensor<Float>)
    /// Computed from earlier values.
    case operation(any Operator, [Value])
  }

  /// The value that the node makes.
  public let value: Value
  /// Where it comes from.
  public let source: Source
  /// Its logical shape; the leading extent is 1 where the value has rows.
  public let shape: Shape
  /// What the leading axis counts, or nil where the shape is fixed.
  public let rows: RowAxis?

  /// The operator, where the value is computed.
  public var operation: (any Operator)? {
    guard case .operation(let operation, _) = source else { return nil }
    return operation
  }

  /// The values it is computed from; empty for inputs, parameters and constants.
  public var inputs: [Value] {
    guard case .operation(_, let inputs) = source else { return [] }
    return inputs
  }

  /// The true shape when the graph runs with so many rows.
  public func shape(rows count: Int) -> Shape {
    rows == nil ? shape : shape.withRows(count)
  }
}

extension Node: Hashable {
  /// Equal when both compute the same thing from the same values.
  public static func == (left: Node, right: Node) -> Bool {
    guard left.value == right.value, left.shape == right.shape, left.rows == right.rows else {
      return false
    }
    switch (left.source, right.source) {
    case (.input, .input): return true
    case (.parameter(let a), .parameter(let b)): return a == b
    case (.constant(let a), .constant(let b)): return a == b
    case (.operation(let a, let x), .operation(let b, let y)): return x == y && a.isEqual(to: b)
    default: return false
    }
  }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(value)
    hasher.combine(shape)
    switch source {
    case .input: break
    case .parameter(let name): hasher.combine(name)
    case .constant(let tensor): hasher.combine(tensor)
    case .operation(let operation, let inputs):
      hasher.combine(inputs)
      hasher.combine(operation)
    }
  }
}
