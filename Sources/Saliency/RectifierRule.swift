import Graphs
import Operators

/// The backward rules of ReLU that make the deconvolutional network and guided backpropagation.
///
/// With f the input of the ReLU and r the incoming gradient, the derivative is r · [f > 0]. A clamp
/// counts as a ReLU; for it read [f > 0] as "the clamp passes". All other nodes keep their derivative,
/// leaky ReLUs too.
public enum RectifierRule: BackwardRule, CaseIterable {
  /// r · [r > 0] — Zeiler and Fergus 2014.
  case deconvnet
  /// r · [f > 0] · [r > 0] — Springenberg et al. 2015.
  case guided

  /// Whether the node is a ReLU or a clamp.
  public func applies(to node: Node, in graph: Graph) -> Bool {
    Self.isRectifier(node) && !Self.isLeaky(node, in: graph)
  }

  /// The rule.
  public func relevance(
    at site: GradientSite, of forward: Graph, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let positive = try graph.add(ReLU(), [site.upstream])
    guard self == .guided, let operation = site.node.operation else { return [positive] }
    return try operation.gradient(site.with(upstream: positive), in: &graph)
  }

  private static func isRectifier(_ node: Node) -> Bool {
    node.operation is ReLU || node.operation is Clamp
  }

  /// Whether the node is the first part of relu(x) + slope · (x − relu(x)).
  private static func isLeaky(_ node: Node, in graph: Graph) -> Bool {
    guard node.operation is ReLU, let input = node.inputs.first else { return false }
    return graph.consumers(of: node.value).contains {
      $0.operation is Subtract && $0.inputs == [input, node.value]
    }
  }

  /// What readers must know where a network has other activations than ReLU; nil where it has not.
  static func note(on network: Graph) -> String? {
    let live = network.liveness
    let nodes = network.nodes.filter { live.isNeeded($0.value) }
    let leaky = nodes.filter { isLeaky($0, in: network) }
    let rectifiers = nodes.count(where: isRectifier) - leaky.count
    let others =
      leaky.map { _ in "leaky_relu" }
      + nodes.compactMap(\.operation).filter { $0 is SiLU || $0 is HardSwish }.map(\.name)
    if rectifiers == 0 {
      return "the network has no ReLU: the rule changes nothing, this is the gradient"
    }
    guard !others.isEmpty else { return nil }
    let names = Set(others).sorted().joined(separator: ", ")
    return "\(others.count) of \(rectifiers + others.count) activations are no ReLU (\(names)) and"
      + " keep their derivative"
  }
}
