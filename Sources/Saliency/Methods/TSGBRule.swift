import Graphs
import Operators
import Tensors

/// How relevance passes the nodes of a network under TSGB.
///
/// The pass carries a pseudo-gradient G for each value t; its relevance is R = G·t. A value that
/// lies between two nodes that speak of relevance alone (a convolution with its batch-norm or its
/// average pool) carries R itself, so that nothing is divided by an activation and multiplied by it
/// again: a folded batch-norm and one that stands alone give the same map.
///
/// | node | rule |
/// |---|---|
/// | last linear layer | Gx[j] = Σ_o G[o]·(W⁺[o,j] + β[o]·W⁻[o,j]), β = scale·P/N, P = W⁺x, N = \|W⁻x\| |
/// | convolution | q = Σ_c R[c]; D = Σ \|x\| over each window; Gx = sign(x)·Σ_windows q/(D + 1e-10) |
/// | batch-norm | the relevance of its output |
/// | average pool | the relevance of each output, evenly over its window |
/// | everything else | the derivative |
struct TSGBRule: BackwardRule {
  /// The output of the last linear layer.
  let last: Value
  /// How far negative evidence is stretched towards the positive: 1 balances them.
  let scale: Float
  /// How the stretch is computed.
  let beta: TSGB.Beta
  /// What a grouped convolution mixes.
  let grouped: TSGB.Grouped

  /// Below this an activation counts as zero: its relevance is lost, as in the released code.
  private static let smallest: Float = 1e-20

  func applies(to node: Node, in graph: Graph) -> Bool {
    node.value == last || Self.speaksOfRelevance(node)
  }

  /// Whether a value carries its relevance in place of its pseudo-gradient.
  ///
  /// The answer is the same for the network and for a graph that goes on behind its outputs.
  func carriesRelevance(_ value: Value, in graph: Graph) -> Bool {
    guard value != last, Self.speaksOfRelevance(graph[value]) else { return false }
    let consumers = graph.consumers(of: value)
    return !consumers.isEmpty
      && consumers.allSatisfy { $0.value != last && Self.speaksOfRelevance($0) }
  }

  func relevance(
    at site: GradientSite, of forward: Graph, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let others = [Value?](repeating: nil, count: site.inputs.count - 1)
    if site.node.value == last { return [try balanced(site, in: &graph)] + others }
    let x = site.inputs[0]
    let asRelevance = carriesRelevance(x, in: forward)
    var relevance = site.upstream
    if !carriesRelevance(site.output, in: forward) {
      relevance = try graph.add(Multiply(), [relevance, site.output])
    }
    let result: Value
    switch site.node.operation {
    case let conv as Conv2D:
      let signs = try graph.signs(of: x, isNonNegative: forward.isNonNegative(x))
      let share = try shared(relevance, of: conv, site, signs, in: &graph)
      let isMixed = graph.shape(of: share)[1] == 1
      let spread = isMixed ? share : try spread(share, like: x, conv.groups, in: &graph)
      let direction = asRelevance ? try graph.add(Multiply(), [x, signs]) : signs
      result = try graph.add(Multiply(), [direction, spread])
    case let pool as AveragePool:
      let shape = graph.shape(of: x)
      let gradient = AveragePoolGradient(pool, inputHeight: shape[2], inputWidth: shape[3])
      let spread = try graph.add(gradient, [relevance])
      result = asRelevance ? spread : try divided(spread, by: x, in: &graph)
    default:
      result = asRelevance ? relevance : try divided(relevance, by: x, in: &graph)
    }
    return [result] + others
  }

  /// Whether the rule of a node needs nothing of its output but the relevance.
  private static func speaksOfRelevance(_ node: Node) -> Bool {
    switch node.operation {
    case is Conv2D, is BatchNorm, is AveragePool: true
    default: false
    }
  }

  /// The last linear layer: negative weights stretched until both kinds of evidence balance.
  private func balanced(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let shape = graph.shape(of: site.inputs[0])
    let isLinear = shape.rank == 2
    var (x, weights, upstream) = (site.inputs[0], site.inputs[1], site.upstream)
    if !isLinear {
      let outputs = graph.shape(of: weights)[0]
      x = try graph.add(Reshape([1, shape[1]]), [x])
      weights = try graph.add(Reshape([outputs, shape[1]]), [weights])
      upstream = try graph.add(Reshape([1, outputs]), [upstream])
    }
    let positive = try graph.add(ReLU(), [weights])
    let negative = try graph.add(Subtract(), [weights, positive])
    let p = try graph.add(Linear(), [x, positive])
    let n = try graph.add(
      Multiply(), [graph.add(Linear(), [x, negative]), graph.constant(-1)])
    var stretch: Value
    switch beta {
    case .released:
      let isThere = try graph.add(Step(), [n])
      stretch = try graph.add(Divide(), [p, graph.orOne(n, where: isThere)])
      stretch = try graph.add(Multiply(), [stretch, isThere])
    case .early:
      let above = try graph.add(Add(), [p, graph.constant(1)])
      stretch = try graph.add(Divide(), [above, graph.add(Add(), [n, graph.constant(1e-10)])])
    }
    stretch = try graph.add(Multiply(), [stretch, graph.constant(scale)])
    let against = try graph.add(Multiply(), [upstream, stretch])
    let result = try graph.add(
      Add(),
      [
        graph.add(LinearDataGradient(), [upstream, positive]),
        graph.add(LinearDataGradient(), [against, negative]),
      ])
    return isLinear ? result : try graph.add(Reshape(shape), [result])
  }

  /// T: what each place of the input gets of the windows that cover it, for each unit of |x|.
  ///
  /// `[N, 1, H, W]`, or `[N, groups, H, W]` where groups are kept apart.
  private func shared(
    _ relevance: Value, of conv: Conv2D, _ site: GradientSite, _ signs: Value,
    in graph: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let x = site.inputs[0]
    let (shape, weights) = (graph.shape(of: x), graph.shape(of: site.inputs[1]))
    let groups = grouped == .perGroup ? conv.groups : 1
    let sum = GroupSum(groups: groups, split: .balanced)
    let q = try graph.add(sum, [relevance])
    let sizes = try graph.add(sum, [graph.add(Multiply(), [x, signs])])
    let ones = graph.constant(
      HostTensor<Float>([groups, 1, weights[2], weights[3]], filledWith: 1))
    let windows = Conv2D(window: conv.window, groups: groups)
    let total = try graph.add(windows, [sizes, ones])
    let unit = try graph.add(
      Divide(), [q, graph.add(Add(), [total, graph.constant(1e-10)])])
    let back = Conv2DDataGradient(windows, inputHeight: shape[2], inputWidth: shape[3])
    return try graph.add(back, [unit, ones])
  }

  private func spread(
    _ share: Value, like x: Value, _ groups: Int, in graph: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let channels = graph.shape(of: x)[1]
    let sum = GroupSum(groups: groups, split: .balanced)
    return try graph.add(GroupSpread(sum, channels: channels), [share])
  }

  /// R / t, and 0 where t is 0.
  private func divided(
    _ relevance: Value, by x: Value, in graph: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let above = try graph.add(Step(lower: Self.smallest), [x])
    let below = try graph.add(Step(lower: -.infinity, upper: -Self.smallest), [x])
    let isThere = try graph.add(Add(), [above, below])
    let quotient = try graph.add(Divide(), [relevance, graph.orOne(x, where: isThere)])
    return try graph.add(Multiply(), [quotient, isThere])
  }
}

extension GraphBuilder {
  /// -1, 0 or 1 for each element.
  mutating func signs(of x: Value, isNonNegative: Bool) throws(GraphError) -> Value {
    let above = try add(Step(), [x])
    if isNonNegative { return above }
    return try add(Subtract(), [above, add(Step(lower: -.infinity, upper: 0), [x])])
  }
}
