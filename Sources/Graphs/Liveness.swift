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

  /// The most elements of computed values that are alive at once in a run, were nothing fused.
  /// - Parameter rows: the rows of the run.
  /// - Returns: the elements of all these values together.
  public func peakElementCount(rows: Int) -> Int {
    let live = liveness
    var ending = [Int](repeating: 0, count: nodes.count + 1)
    var (now, most) = (0, 0)
    for node in nodes where node.operation != nil && live.isNeeded(node.value) {
      let count = node.shape.elementCount * (node.rows == nil ? 1 : rows)
      now += count
      most = max(most, now)
      ending[live.lastUse(of: node.value) ?? nodes.count] += count
      now -= ending[node.value.id]
    }
    return most
  }
}
