import Graphs
import Operators
import Tensors

/// The end of a network that CAM can read: global average pooling, then one linear layer.
struct PooledHead: Sendable {
  /// The value that is pooled, `[1, C, u, v]`.
  let pooled: Value
  /// The weights of the linear layer, `[K, C]` or `[K, C, 1, 1]`.
  let weights: Value

  /// Finds the end of a network by its structure; names do not count.
  ///
  /// Reshaping may stand anywhere; a constant vector may be added behind the linear layer, which may
  /// be a 1x1 convolution.
  /// - Throws: `ExplanationError.unsuitable` naming what ends the network instead.
  init(of network: Graph) throws(ExplanationError) {
    let vector = network.outputs.first {
      network[$0].shape.rank == 2 && network[$0].rows != nil
    }
    guard let end = vector ?? network.outputs.first else {
      throw .unsuitable("the network has no output")
    }
    let last = network.behindMoves(end, skipsBias: true)
    guard let weights = network.linearWeights(of: last),
      let pooled = network.pooledByMean(network.behindMoves(network[last].inputs[0]))
    else { throw .unsuitable(Self.complaint(about: network, end)) }
    self.pooled = pooled
    self.weights = weights
  }

  private static func complaint(about network: Graph, _ end: Value) -> String {
    var names: [String] = []
    var value = end
    while names.count < 4, let operation = network[value].operation,
      let next = network[value].inputs.first(where: { network[$0].rows != nil })
    {
      if !(operation is Reshape) { names.append(operation.name) }
      value = next
    }
    let chain = names.reversed().joined(separator: ", ")
    return "needs a network that ends in global average pooling and one linear layer; this one ends"
      + " in \(chain.isEmpty ? "its input" : chain); try grad-cam"
  }
}

extension Graph {
  /// The value behind operators that only move elements, and where asked behind a constant that is
  /// added.
  fileprivate func behindMoves(_ start: Value, skipsBias: Bool = false) -> Value {
    var value = start
    while let operation = self[value].operation {
      let moving = self[value].inputs.filter { self[$0].rows != nil }
      let isBias = skipsBias && operation is Add
      guard operation is Reshape || isBias, moving.count == 1 else { break }
      value = moving[0]
    }
    return value
  }

  /// The weights of a linear layer or of a 1x1 convolution of one place; nil where it is neither.
  fileprivate func linearWeights(of value: Value) -> Value? {
    let node = self[value]
    guard let operation = node.operation, node.inputs.count >= 2,
      self[node.inputs[1]].rows == nil, self[node.inputs[0]].rows != nil
    else { return nil }
    let (input, weights) = (self[node.inputs[0]].shape, self[node.inputs[1]].shape)
    if operation is Linear { return node.inputs[1] }
    // One place in, one filter tap: stride and padding have nothing to do.
    let isPoint = operation is Conv2D && node.shape.extents == [1, weights[0], 1, 1]
    guard isPoint, input.extents == [1, weights[1], 1, 1], weights[2] * weights[3] == 1 else {
      return nil
    }
    return node.inputs[1]
  }

  /// The value of which one is the mean over all positions; nil where it is something else.
  fileprivate func pooledByMean(_ value: Value) -> Value? {
    let node = self[value]
    guard let operation = node.operation, let input = node.inputs.first,
      self[input].shape.rank == 4
    else { return nil }
    let x = self[input].shape
    let isMean =
      switch operation {
      case is GlobalAveragePool: true
      case let mean as ReduceMean: mean.axes == [2, 3]
      case let pool as AveragePool:
        pool.kernel.height == x[2] && pool.kernel.width == x[3]
          && pool.window.paddingBefore == .init(0, 0) && pool.window.paddingAfter == .init(0, 0)
          && node.shape.extents == [1, x[1], 1, 1]
      default: false
      }
    return isMean ? input : nil
  }
}
