import Graphs
import Operators
import Tensors

/// Nodes that one step computes: an anchor, and the normalisation, residual addition, activation and
/// gate behind it.
struct Group: Sendable {
  /// The node whose kernels run.
  let anchor: Node
  /// The kernels.
  let variant: Variant
  /// The batch normalisation that filters and bias stand for.
  var norm: Node?
  /// The tensor added before the activation.
  var residual: Value?
  /// The activation applied before the store.
  var activation: Activation = .none
  /// The tensor of the gate behind the activation.
  var gate: Value?
  /// Where it is open.
  var bounds: Gate?
  /// All nodes, the anchor first.
  var nodes: [Value]

  /// The value that the step makes.
  var output: Value { nodes[nodes.count - 1] }
}

/// Forms the groups: y = activation(norm(anchor) + residual) · [lower < gate < upper], where the
/// values between have no other reader.
///
/// What follows from parameters alone is kept with them and is
/// in no group.
///
/// The later of two anchors takes an addition that both could take.
struct Grouping {
  private let graph: Graph
  private let liveness: Liveness
  private let consumers: [Value: [Node]]
  private let fuses: Bool
  private var absorbed: Set<Value>

  init(_ graph: Graph, fuses: Bool) {
    self.graph = graph
    self.fuses = fuses
    absorbed = fuses ? graph.keptValues : []
    let liveness = graph.liveness
    var consumers: [Value: [Node]] = [:]
    for node in graph.nodes where liveness.isNeeded(node.value) {
      for input in Set(node.inputs) { consumers[input, default: []].append(node) }
    }
    self.liveness = liveness
    self.consumers = consumers
  }

  /// The groups in the order in which they run.
  /// - Parameter choose: the variant of a node.
  /// - Returns: groups that read only what earlier ones make.
  /// - Throws: what `choose` throws.
  mutating func groups<Failure: Error>(
    choose: (Node) throws(Failure) -> Variant
  ) throws(Failure) -> [Group] {
    var groups: [Group] = []
    // Before any normalisation takes an activation for itself.
    let norms = fuses ? foldedNormalisations() : [:]
    absorbed.formUnion(norms.values.map(\.value))
    for node in graph.nodes.reversed()
    where node.operation != nil && liveness.isNeeded(node.value) && !absorbed.contains(node.value) {
      var group = Group(anchor: node, variant: try choose(node), nodes: [node.value])
      group.norm = norms[node.value]
      group.nodes += group.norm.map { [$0.value] } ?? []
      if fuses, group.variant.hasEpilogue {
        absorbResidual(into: &group)
        absorbActivation(into: &group)
        if group.variant.hasGate { absorbGate(into: &group) }
      }
      groups.append(group)
    }
    // An activation is visited before the anchor that absorbs it: drop the group it made.
    return groups.filter { !absorbed.contains($0.anchor.value) }.sorted { $0.output < $1.output }
  }

  /// The normalisations behind convolutions, with fixed weights both, by the convolution's value.
  private func foldedNormalisations() -> [Value: Node] {
    var norms: [Value: Node] = [:]
    for node in graph.nodes where node.operation is Conv2D && liveness.isNeeded(node.value) {
      guard let norm = onlyReader(of: node.value), norm.operation is BatchNorm,
        norm.inputs[0] == node.value,
        (node.inputs.dropFirst() + norm.inputs.dropFirst()).allSatisfy(graph.isFixed)
      else { continue }
      norms[node.value] = norm
    }
    return norms
  }

  private mutating func absorbResidual(into group: inout Group) {
    guard let add = onlyReader(of: group.output), isSumOfTwo(add),
      let other = add.inputs.first(where: { $0 != group.output }),
      add.shape.rank == 4, hasShape(of: add, other), hasShape(of: add, group.output)
    else { return }
    group.residual = other
    group.nodes.append(add.value)
    absorbed.insert(add.value)
  }

  private func isSumOfTwo(_ node: Node) -> Bool {
    node.operation is Add || node.operation is Accumulate && node.inputs.count == 2
  }

  /// Whether a value needs no broadcasting to be combined there.
  private func hasShape(of node: Node, _ value: Value) -> Bool {
    graph[value].shape == node.shape && graph[value].rows == node.rows
  }

  /// A product with the step function of a tensor, which only this product reads.
  private mutating func absorbGate(into group: inout Group) {
    guard let product = onlyReader(of: group.output), product.operation is Multiply,
      let other = product.inputs.first(where: { $0 != group.output }),
      let step = graph[other].operation as? Step, onlyReader(of: other)?.value == product.value,
      product.shape.rank == 4, hasShape(of: product, group.output),
      hasShape(of: product, graph[other].inputs[0])
    else { return }
    group.gate = graph[other].inputs[0]
    group.bounds = Gate(lower: step.lower, upper: step.upper)
    group.nodes += [other, product.value]
    absorbed.formUnion([other, product.value])
  }

  private mutating func absorbActivation(into group: inout Group) {
    guard let reader = onlyReader(of: group.output), let operation = reader.operation,
      let activation = Activation(operation)
    else { return }
    group.activation = activation
    group.nodes.append(reader.value)
    absorbed.insert(reader.value)
  }

  private func onlyReader(of value: Value) -> Node? {
    guard !graph.outputs.contains(value), let readers = consumers[value], readers.count == 1,
      !absorbed.contains(readers[0].value)
    else { return nil }
    return readers[0]
  }
}

extension Activation {
  /// The activation that an operator is; nil for other operators.
  init?(_ operation: any Operator) {
    switch operation {
    case is ReLU: self = .relu
    case let clamp as Clamp: self = .clamp(lower: clamp.lower, upper: clamp.upper)
    case is Sigmoid: self = .sigmoid
    case is SiLU: self = .silu
    case let hard as HardSigmoid: self = .hardSigmoid(slope: hard.slope, offset: hard.offset)
    case is HardSwish: self = .hardSwish
    default: return nil
    }
  }
}
