import Tensors

/// A node whose derivative is being written, with the adjoint of its output.
public struct GradientSite: Sendable {
  /// The node of the forward pass.
  public let node: Node
  /// Its inputs.
  public let inputs: [Value]
  /// Its output.
  public let output: Value
  /// The adjoint of the output: its shape is the output's.
  public let upstream: Value

  /// The same node with another adjoint of the same shape.
  public func with(upstream: Value) -> GradientSite {
    GradientSite(node: node, inputs: inputs, output: output, upstream: upstream)
  }
}

/// How relevance passes a node, in place of the derivative: guided ReLU, deconvnet, TSGB.
public protocol BackwardRule: Sendable, Hashable {
  /// Whether the rule replaces the derivative of this node.
  func applies(to node: Node, in graph: Graph) -> Bool

  /// What `Operator.gradient` would return: one value for each input, or nil.
  func relevance(
    at site: GradientSite, of forward: Graph, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?]
}

/// The rules of one backward pass; the first that applies to a node wins.
public struct RuleBook: Sendable, Hashable {
  /// The rules, most important first.
  public let rules: [any BackwardRule]

  /// A book of rules; the empty book is plain differentiation.
  public init(_ rules: [any BackwardRule] = []) {
    self.rules = rules
  }

  /// Plain differentiation.
  public static let derivative = RuleBook()

  /// Equal books hold equal rules in the same order.
  public static func == (left: RuleBook, right: RuleBook) -> Bool {
    left.rules.map { AnyHashable($0) } == right.rules.map { AnyHashable($0) }
  }

  /// Hashes the rules.
  public func hash(into hasher: inout Hasher) {
    for rule in rules { hasher.combine(rule) }
  }
}

extension Graph {
  /// The joint graph of this forward pass and one backward pass.
  ///
  /// The original nodes come first and keep their places; the outputs are the original outputs,
  /// then the gradient of the sum of all elements of `from` with respect to each value of `to`:
  /// activations, inputs and parameters alike. Contributions of several consumers are added in
  /// the order of the nodes, latest first.
  /// - Throws: `GraphError.noPath` where a value does not influence `from` differentiably.
  public func backward(
    from: Value, to targets: [Value], rules: RuleBook = .derivative
  ) throws(GraphError) -> Graph {
    let leadsToTarget = dependents(of: targets)
    var builder = GraphBuilder(extending: self)
    var contributions: [Value: [Value]] = [from: [try builder.add(Ones(), [from])]]
    var adjoints: [Value: Value] = [:]
    for node in nodes[...from.id].reversed() {
      guard leadsToTarget[node.value.id], let parts = contributions[node.value] else { continue }
      let upstream = parts.count == 1 ? parts[0] : try builder.add(Accumulate(), parts)
      adjoints[node.value] = upstream
      guard let operation = node.operation,
        node.inputs.contains(where: { leadsToTarget[$0.id] })
      else { continue }
      let site = GradientSite(
        node: node, inputs: node.inputs, output: node.value, upstream: upstream)
      let gradients: [Value?]
      if let rule = rules.rules.first(where: { $0.applies(to: node, in: self) }) {
        gradients = try rule.relevance(at: site, of: self, in: &builder)
      } else {
        gradients = try operation.gradient(site, in: &builder)
      }
      precondition(gradients.count == node.inputs.count, "\(operation.name): gradient count")
      for (input, gradient) in zip(node.inputs, gradients) {
        guard let gradient, leadsToTarget[input.id] else { continue }
        precondition(
          builder.shape(of: gradient) == self[input].shape,
          "\(operation.name): gradient \(builder.shape(of: gradient)) of \(self[input].shape)")
        contributions[input, default: []].append(gradient)
      }
    }
    var gradients: [Value] = []
    for target in targets {
      guard let adjoint = adjoints[target] else { throw .noPath(to: describe(target)) }
      gradients.append(adjoint)
    }
    return try builder.finish(outputs: outputs + gradients)
  }

  /// For every node, whether it is one of the values or computed from one.
  private func dependents(of values: [Value]) -> [Bool] {
    var depends = [Bool](repeating: false, count: nodes.count)
    for value in values { depends[value.id] = true }
    for node in nodes where node.inputs.contains(where: { depends[$0.id] }) {
      depends[node.value.id] = true
    }
    return depends
  }

  /// What errors call a value: its name where it has one.
  public func describe(_ value: Value) -> String {
    if let tap = taps.first(where: { $0.value == value }) { return tap.name.text }
    switch self[value].source {
    case .input(let name): return name
    case .parameter(let name): return name.text
    case .constant: return "a constant"
    case .operation(let operation, _): return "\(operation.name) \(value.id)"
    }
  }
}
