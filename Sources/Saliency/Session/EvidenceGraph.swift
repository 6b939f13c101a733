import Graphs
import Operators
import Tensors

/// What decides the structure of a forward and backward pass; everything else is run-time data.
struct EvidenceStructure: Hashable, Sendable {
  /// The head that is differentiated; `logit` where nothing is.
  var head: Target.Head
  /// How outputs become probabilities.
  var scores: ScoreFunction
  /// How many of the most likely classes targets may refer to; 0 where none does.
  var ranks: Int
  /// The layers whose activations are wanted.
  var activations: [LayerName]
  /// The layers whose gradients are wanted.
  var gradients: [LayerName]
  /// How relevance passes the nodes on the way back.
  var rules: RuleBook
  /// The sums over constants of the network; nil where none are wanted.
  var biases: BiasTerms?
  /// A second backward pass; nil where one will do.
  var relevance: Query.Relevance?

  /// The joint graph of the forward pass, the head and the backward pass.
  ///
  /// Inputs: the network's, then weights `[T, K]` of the outputs, ranks `[T, 1]` counted from 0
  /// (-1: the weights say all), signs `[T, 1]`. Outputs: logits (values where there are none),
  /// resolved weights, values `[T, 1]`, activations, gradients, the differentiated number, relevance,
  /// sums over constants.
  ///
  /// y = sign · head(z), with w the resolved weights: Σ w·z for `logit`; Σ w·softmax(z) for
  /// `probability`, or sigmoid(Σ w·z) where the outputs are independent; its logarithm. An
  /// expression reads any outputs and no weights.
  func graph(of network: NetworkLayout) throws(GraphError) -> Graph {
    var builder = GraphBuilder(extending: network.graph)
    let logits = network.logits
    let explicit = builder.input("weights", [1, network.classes])
    let rank = builder.input("ranks", [1, 1])
    let sign = builder.input("signs", [1, 1])
    var weights = explicit
    if ranks > 0 {
      let top = try topWeights(of: logits, at: rank, network.classes, in: &builder)
      weights = try builder.add(Add(), [explicit, top])
    }
    let (score, plain): (Value, Value)
    if case .expression(let expression) = head {
      score = try expression.value(of: network.graph.outputs, in: &builder)
      plain = score
    } else {
      guard network.hasClasses else { throw .unsuitable("the network has no classes") }
      score = try head.value(of: logits, weights, scores, network.classes, in: &builder)
      plain = try builder.weightedSum(weights, logits)
    }
    let target = try builder.add(Multiply(), [score, sign])
    let taps = try activations.map { name throws(GraphError) in try network.value(of: name) }
    let forward = try builder.finish(
      outputs: [network.hasClasses ? logits : plain, weights, plain] + taps)
    guard !gradients.isEmpty || biases != nil || relevance != nil else {
      return forward.with(outputs: forward.outputs + [target])
    }
    let places = try gradients.map { name throws(GraphError) in try network.value(of: name) }
    let biased = biases?.places(in: network) ?? []
    let joint = try forward.backward(from: target, to: places + biased.map(\.value), rules: rules)
    var outputs = Array(joint.outputs.dropLast(biased.count)) + [target]
    let adjoints = Array(joint.outputs.suffix(biased.count))
    var whole = joint
    if let relevance {
      let places = try relevance.layers.map { name throws(GraphError) in
        try network.value(of: name)
      }
      whole = try joint.backward(from: target, to: places, rules: relevance.rules)
      outputs += whole.outputs.suffix(places.count)
    }
    guard let biases else { return whole.with(outputs: outputs) }
    return try whole.extended { builder throws(GraphError) in
      outputs + (try biases.sums(biased, adjoints, of: network, in: &builder))
    }
  }

  /// One at the class of the asked rank, where one is asked for, and zeros elsewhere.
  ///
  /// One output z stands for two classes, 0 with -z and 1 with z, unless outputs are raw.
  func topWeights(
    of logits: Value, at rank: Value, _ classes: Int, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let isBinary = classes == 1 && scores != .raw
    var choices = logits
    if isBinary {
      let negative = try builder.add(Multiply(), [logits, builder.constant(-1)])
      choices = try builder.add(Concat(axis: 1), [negative, logits])
    }
    let count = isBinary ? 2 : classes
    let depth = min(ranks, count)
    let positions = try builder.add(TopK(count: depth, part: .positions), [choices])
    let isAsked = try builder.add(OneHot(depth: depth), [rank])
    let sum = ReduceSum(axes: [1], keepsAxes: true)
    let position = try builder.add(sum, [builder.add(Multiply(), [positions, isAsked])])
    let isTop = try builder.add(sum, [isAsked])
    let oneHot = try builder.add(OneHot(depth: count), [position])
    var weights = try builder.add(Multiply(), [oneHot, isTop])
    if isBinary {
      let classOne = try builder.add(Slice(axis: 1, range: 1..<2), [weights])
      let classZero = try builder.add(Slice(axis: 1, range: 0..<1), [weights])
      weights = try builder.add(Subtract(), [classOne, classZero])
    }
    return weights
  }
}

extension Target.Head {
  /// The value of the head, `[T, 1]`, from logits `[T, K]` and weights `[T, K]`.
  func value(
    of logits: Value, _ weights: Value, _ scores: ScoreFunction, _ classes: Int,
    in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    if self == .logit { return try builder.weightedSum(weights, logits) }
    let areIndependent = scores == .sigmoid || (scores == .raw && classes == 1)
    let probability = try builder.probability(
      of: logits, weights, areIndependent ? .sigmoid : .softmax)
    return self == .probability ? probability : try builder.add(Logarithm(), [probability])
  }
}

extension GraphBuilder {
  /// Σ_k a[t, k] · b[t, k], `[T, 1]`.
  mutating func weightedSum(_ a: Value, _ b: Value) throws(GraphError) -> Value {
    try add(ReduceSum(axes: [1], keepsAxes: true), [add(Multiply(), [a, b])])
  }

  /// The weighted outputs under a score function, `[T, 1]`.
  ///
  /// Softmax: Σ w·softmax(z). Sigmoid: sigmoid(Σ w·z), so that weight -1 on the one output of a
  /// two-class network gives the probability of class 0. Raw: Σ w·z.
  mutating func probability(
    of logits: Value, _ weights: Value, _ scores: ScoreFunction
  ) throws(GraphError) -> Value {
    switch scores {
    case .softmax: try weightedSum(weights, add(Softmax(axis: 1), [logits]))
    case .sigmoid: try add(Sigmoid(), [weightedSum(weights, logits)])
    case .raw: try weightedSum(weights, logits)
    }
  }
}
