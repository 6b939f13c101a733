/// Which values the outputs of a graph need, and how long each is needed.
///
/// Saving activations for a backward pass is nothing but this: what a later node reads, lives.
public struct Liveness: Sendable {
  private let lastUses: [Int?]

  init(_ graph: Graph) {
    var lastUses = [Int?](repeating: nil, count: graph.nodes.count)
    for output in graph.outputs {
      lastUses[output.id] = graph.nodes.count
    }
    for node in graph.nodes.reversed() where lastUses[node.value.id] != nil {
      for input in node.inputs where lastUses[input.id] == nil {
        lastUses[input.id] = node.value.id
      }
    }
    self.lastUses = lastUses
  }

  /// Whether an output depends on the value.
  public func isNeeded(_ value: Value) -> Bool { lastUses[value.id] != nil }

  /// The place of the last node that reads the value; the number of nodes for an output.
  public func lastUse(of value: Value) -> Int? { lastUses[value.id] }
}

extension Graph {
  /// Which values the outputs need, and how long.
  public var liveness: Liveness { Liveness(self) }
}
