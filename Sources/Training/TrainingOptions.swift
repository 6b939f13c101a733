import Graphs
import Operators

/// How a network is trained, batches and learning rates apart.
public struct TrainingOptions: Sendable, Hashable {
  /// The rule by which weights follow their gradients.
  public var optimizer = Optimizer.sgd()
  /// The share of each label that is spread over all classes, 0...1.
  public var smoothing: Float = 0
  /// The norm that all gradients together may have; nil for any.
  public var clipping: Float?
  /// The layers that stay as they are, statistics of their normalisations included.
  public var frozen: [LayerPattern] = []
  /// The share of numbers that become 0, 0..<1, by the value that they are dropped out of.
  public var dropouts: [Value: Float] = [:]
  /// The share of a batch in the running statistics of normalisations.
  public var statisticsMomentum: Float = 0.1
  /// Whether the statistics of normalisations are those of all ranks of a step together.
  public var sharesStatistics = false
  /// Where the numbers of dropouts come from.
  public var seed: UInt64 = 0

  /// Plain descent with momentum 0.9.
  public init() {}
}

extension TrainingOptions {
  /// The parameters of a network that learn: all but statistics of normalisations and frozen layers.
  /// - Throws: `TrainingError` where a pattern freezes nothing, or nothing is left.
  func trained(of network: Graph) throws(TrainingError) -> Set<ParameterName> {
    let names = network.parameters.map(\.name)
    let statistics = network.runningStatistics
    for pattern in frozen {
      let fitting = names.filter(pattern.matches)
      if fitting.isEmpty { throw .unknownLayer(pattern, layers: Self.outermost(of: names)) }
      if statistics.isSuperset(of: fitting) { throw .onlyStatistics(pattern) }
    }
    let trained = names.filter { name in
      !statistics.contains(name) && !frozen.contains { $0.matches(name) }
    }
    guard !trained.isEmpty else { throw .everythingIsFrozen }
    return Set(trained)
  }

  /// The outermost modules of some parameters, each once.
  private static func outermost(of names: [ParameterName]) -> [String] {
    var layers: [String] = []
    for name in names {
      let layer = name.text.split(separator: ".").first.map(String.init) ?? name.text
      if !layers.contains(layer) { layers.append(layer) }
    }
    return layers
  }
}

extension Graph {
  /// The parameters that are means and variances of batch normalisations.
  fileprivate var runningStatistics: Set<ParameterName> {
    let statistics = nodes.filter { $0.operation is BatchNorm }.flatMap { $0.inputs[3...] }
    return Set(
      statistics.compactMap { value in
        if case .parameter(let name) = self[value].source { name } else { nil }
      })
  }
}
