import Graphs
import Operators
import Tensors

/// A network in the form in which it is trained: batch normalisations take the statistics of the batch,
/// and numbers are dropped out.
///
/// Normalisations whose scale is frozen keep the form of inference, as torchvision's frozen ones do.
struct TrainingForm {
  /// A running statistic, and what a batch says it is.
  struct Statistic {
    /// The mean or the variance that inference takes.
    let name: ParameterName
    /// That of the batch, `[C]`; a variance is unbiased.
    let batch: Value
  }

  /// The inputs are images, labels `[N, 1]`, samples `[N, 1]` and the rows of all parts of the step
  /// together, `[1]`; the output is the logits.
  let graph: Graph
  /// The share of these rows that the step has, `[1]`: 1 where it is in one part.
  let share: Value
  /// How a gradient passes a normalisation in training form.
  let rule: BatchStatisticsRule
  /// The running statistics of the normalisations in training form.
  let statistics: [Statistic]
  /// The fewest elements of a channel of one row that are normalised by the batch; nil where none
  /// are.
  let fewestElements: Int?
  /// The modules of the network, each value once, in the order in which they are computed.
  let layers: [(name: LayerName, value: Value)]

  /// Rewrites a network.
  /// - Parameters:
  ///   - network: as inference has it: one input, the logits first among the outputs.
  ///   - trained: the parameters that learn.
  ///   - dropouts: the share of numbers that become 0, by the value that they are dropped out of.
  ///   - seed: where the dropouts' numbers come from.
  ///   - isShared: whether statistics are those of the rows of all ranks.
  /// - Throws: `GraphError` where the network has no list of classes.
  init(
    _ network: Graph, trained: Set<ParameterName>, dropouts: [Value: Float], seed: UInt64,
    isShared: Bool = false
  ) throws(GraphError) {
    let logits = network[network.outputs[0]]
    guard logits.shape.rank == 2, logits.rows != nil, network.inputs.count == 1 else {
      throw .unsuitable("only a network from one picture to a list of classes can be trained")
    }
    let image = network[network.inputs[0]]
    var rewriting = try Rewriting(trained: trained, seed: seed, isShared: isShared, image)
    share = rewriting.share
    rule = BatchStatisticsRule(
      rows: rewriting.population, share: isShared ? rewriting.share : nil)
    let liveness = network.with(outputs: [logits.value]).liveness
    for node in network.nodes where liveness.isNeeded(node.value) {
      try rewriting.copy(node, of: network, dropout: dropouts[node.value])
    }
    statistics = rewriting.statistics
    fewestElements = rewriting.fewestElements
    layers = rewriting.layers(of: network)
    graph = try rewriting.finish(logits.value)
  }
}

/// A training form in the making.
private struct Rewriting: ~Copyable {
  private(set) var statistics: [TrainingForm.Statistic] = []
  private(set) var fewestElements: Int?
  private var builder: GraphBuilder
  private var copies: [Value: Value]
  /// The rows that statistics are taken over, `[1]`.
  let population: Value
  let share: Value
  private let isShared: Bool
  private let samples: Value
  private let trained: Set<ParameterName>
  private let seed: UInt64
  private var dropoutCount: UInt64 = 0
  private var numbers: [Float: Value] = [:]

  init(
    trained: Set<ParameterName>, seed: UInt64, isShared: Bool, _ image: Node
  ) throws(GraphError) {
    var builder = GraphBuilder()
    copies = [image.value: builder.input("image", image.shape)]
    let labels = builder.input("label", [1, 1])
    samples = builder.input("sample", [1, 1])
    let total = builder.input("total", [1], rows: nil)
    let rows = try builder.add(
      ReduceSum(axes: [0], keepsAxes: false), [builder.add(Ones(), [labels])])
    share = try builder.add(Divide(), [rows, total])
    population = isShared ? total : rows
    self.isShared = isShared
    self.builder = builder
    self.trained = trained
    self.seed = seed
  }

  consuming func finish(_ logits: Value) throws(GraphError) -> Graph {
    guard let output = copies[logits] else { throw .noOutput }
    return try builder.finish(outputs: [output])
  }

  mutating func copy(
    _ node: Node, of network: Graph, dropout: Float?
  ) throws(GraphError) {
    var value: Value
    switch node.source {
    case .input: return
    case .parameter(let name): value = builder.parameter(name, node.shape)
    case .constant(let tensor): value = builder.constant(tensor)
    case .operation(let operation, let inputs):
      let operands = inputs.compactMap { copies[$0] }
      if let norm = operation as? BatchNorm, let names = learningStatistics(of: node, in: network) {
        value = try normalise(norm, operands, names)
      } else {
        value = try builder.add(operation, operands)
      }
    }
    if let dropout, dropout > 0 {
      let own = seed &+ dropoutCount &* 0x9e37_79b9_7f4a_7c15
      value = try builder.dropout(value, probability: dropout, samples: samples, seed: own)
      dropoutCount += 1
    }
    copies[node.value] = value
  }

  /// The modules of a network that was copied, where they are now.
  func layers(of network: Graph) -> [(name: LayerName, value: Value)] {
    var names: [Value: LayerName] = [:]
    for tap in network.taps where tap.kind == .module {
      guard let value = copies[tap.value], names[value] == nil else { continue }
      names[value] = tap.name
    }
    return names.sorted { $0.key.id < $1.key.id }.map { ($0.value, $0.key) }
  }

  /// The names of running mean and variance where the scale learns.
  private func learningStatistics(
    of node: Node, in network: Graph
  ) -> (mean: ParameterName, variance: ParameterName)? {
    guard case .parameter(let scale) = network[node.inputs[1]].source, trained.contains(scale),
      case .parameter(let mean) = network[node.inputs[3]].source,
      case .parameter(let variance) = network[node.inputs[4]].source
    else { return nil }
    return (mean, variance)
  }

  private mutating func normalise(
    _ norm: BatchNorm, _ operands: [Value], _ names: (mean: ParameterName, variance: ParameterName)
  ) throws(GraphError) -> Value {
    let x = operands[0]
    let shape = builder.shape(of: x)
    let mean = try shared(
      builder.add(ReduceMean(axes: shape.axesBesideChannels, keepsAxes: false), [x]))
    let variance = try shared(builder.add(BatchVariance(), [x, mean]))
    let elements = shape.row.row.elementCount
    fewestElements = min(fewestElements ?? elements, elements)
    let corrected = try unbiased(variance, elements: elements)
    statistics.append(TrainingForm.Statistic(name: names.mean, batch: mean))
    statistics.append(TrainingForm.Statistic(name: names.variance, batch: corrected))
    return try builder.add(norm, [x, operands[1], operands[2], mean, variance])
  }

  /// The mean over the rows of all ranks, of that over the rows of this one, where they are shared.
  private mutating func shared(_ mean: Value) throws(GraphError) -> Value {
    guard isShared else { return mean }
    return try builder.add(SummedOverRanks(), [builder.add(Multiply(), [mean, share])])
  }

  /// The variance times n / (n − 1), n = rows · elements.
  private mutating func unbiased(
    _ variance: Value, elements: Int
  ) throws(GraphError) -> Value {
    let count = try builder.add(Multiply(), [population, number(Float(elements))])
    let others = try builder.add(Subtract(), [count, number(1)])
    return try builder.add(
      Multiply(), [variance, builder.add(Divide(), [count, others])])
  }

  /// A constant that all who need it share, so that what is made of it is shared too.
  private mutating func number(_ number: Float) -> Value {
    let known = numbers[number] ?? builder.constant(number)
    numbers[number] = known
    return known
  }
}
