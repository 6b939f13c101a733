import Graphs
import Operators

/// What TSGB must know of a network: its last linear layer.
extension Graph {
  /// The one linear layer behind which only the outputs come.
  ///
  /// A 1x1 convolution of a 1x1 map counts as linear.
  /// - Throws: `ExplanationError.unsuitable` where there is none or several, or where its input can
  ///   be negative.
  func lastLinearLayer(before logits: Value) throws(ExplanationError) -> Value {
    var found: Set<Value> = []
    var open = [logits]
    var seen: Set<Value> = []
    while let value = open.popLast() {
      guard seen.insert(value).inserted else { continue }
      let node = self[value]
      if isLinear(node) {
        found.insert(value)
        continue
      }
      switch node.operation {
      case nil where node.rows == nil: continue
      case nil, is Conv2D, is GlobalAveragePool, is AveragePool, is MaxPool:
        throw .unsuitable(
          "needs a last linear layer, and this network ends without one; try grad-cam")
      default: open += node.inputs
      }
    }
    guard let last = found.first, found.count == 1 else {
      throw .unsuitable(
        "needs one last linear layer, and this network has \(found.count) of them; try grad-cam")
    }
    guard isNonNegative(self[last].inputs[0]) else {
      throw .unsuitable(
        "needs a last linear layer whose input is never negative, as behind a ReLU; that of"
          + " this network can be; try grad-cam")
    }
    return last
  }

  private func isLinear(_ node: Node) -> Bool {
    switch node.operation {
    case is Linear: return true
    case let conv as Conv2D:
      let places = node.shape[2] * node.shape[3]
      let input = self[node.inputs[0]].shape
      return conv.groups == 1 && places == 1 && input[2] * input[3] == 1
    default: return false
    }
  }

  /// Whether a value can be told to hold no negative number, whatever the image.
  func isNonNegative(_ value: Value) -> Bool {
    var known: [Bool] = []
    for node in nodes[...value.id] {
      known.append(isNonNegative(node) { known[$0.id] })
    }
    return known[value.id]
  }

  private func isNonNegative(_ node: Node, _ isKnown: (Value) -> Bool) -> Bool {
    switch node.source {
    case .input, .parameter: return false
    case .constant(let tensor): return tensor.elements.allSatisfy { $0 >= 0 }
    case .operation(let operation, let inputs):
      switch operation {
      case is ReLU, is Sigmoid, is HardSigmoid, is Softmax, is Step, is OneHot: return true
      case let clamp as Clamp:
        return clamp.upper >= 0 && (clamp.lower >= 0 || isKnown(inputs[0]))
      case is Reshape, is Transpose, is Slice, is Pad, is MaxPool, is AveragePool,
        is GlobalAveragePool, is ReduceMean, is ReduceSum, is ReduceMax, is ReduceMin,
        is ResizeBilinear:
        return isKnown(inputs[0])
      case is Add, is Accumulate, is Concat, is Multiply: return inputs.allSatisfy(isKnown)
      default: return false
      }
    }
  }
}
