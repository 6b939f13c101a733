import Tensors

/// A tensor of a network that can be asked for by name.
public struct Tap: Sendable, Hashable {
  /// What a tap's name stands for.
  public enum Kind: Sendable, Hashable {
    /// Exactly this tensor of the file.
    case tensor
    /// The last tensor of a module: what a forward hook on it would see.
    case module
  }

  /// The name in the model.
  public let name: LayerName
  /// The value it stands for.
  public let value: Value
  /// Whether it names a tensor or a module.
  public let kind: Kind
}

/// An immutable computation: inputs, parameters and constants in, several outputs out.
///
/// Nodes stand in an order in which they can be computed. A graph holds no weights and no device.
public struct Graph: Sendable, Hashable {
  /// All nodes; a value's `id` is the index of its node.
  public let nodes: [Node]
  /// The inputs, in the order in which `Executable.run` takes them.
  public let inputs: [Value]
  /// The outputs, in the order in which `Executable.run` returns them.
  public let outputs: [Value]
  /// The values known by name, in the order of the model.
  public let taps: [Tap]

  /// The node that makes a value.
  public subscript(value: Value) -> Node { nodes[value.id] }

  /// The nodes that read a value, each once.
  public func consumers(of value: Value) -> [Node] {
    nodes.filter { $0.inputs.contains(value) }
  }

  /// The weights that the outputs depend on.
  public var parameters: [(name: ParameterName, shape: Shape)] {
    let live = liveness
    return nodes.compactMap { node in
      guard live.isNeeded(node.value), case .parameter(let name) = node.source else { return nil }
      return (name, node.shape)
    }
  }

  /// The same nodes with other outputs.
  public func with(outputs: [Value]) -> Graph {
    Graph(nodes: nodes, inputs: inputs, outputs: outputs, taps: taps)
  }

  /// The same graph with more nodes behind it; values keep their places.
  /// - Throws: whatever the body throws.
  public func extended(
    _ body: (inout GraphBuilder) throws(GraphError) -> [Value]
  ) throws(GraphError) -> Graph {
    var builder = GraphBuilder(extending: self)
    let outputs = try body(&builder)
    return try builder.finish(outputs: outputs)
  }

  /// Graphs are equal when they compute the same thing; names do not count.
  public static func == (left: Graph, right: Graph) -> Bool {
    left.outputs == right.outputs && left.inputs == right.inputs && left.nodes == right.nodes
  }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(outputs)
    hasher.combine(inputs)
    hasher.combine(nodes)
  }
}
