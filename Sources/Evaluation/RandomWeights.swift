import Graphs
import Operators
import Tensors

/// The layers of a network whose weights can be drawn anew, from the image to the outputs.
///
/// A layer is a convolution or linear layer with what follows it and has weights of its own: its
/// bias, a batch normalisation, factors and summands of the channels.
package struct RandomWeights: Sendable {
  /// A layer.
  package struct Layer: Sendable {
    /// The convolution or linear layer.
    package let value: Value
    /// Whether it is a convolution.
    package let isConvolution: Bool
    /// The values that one of its outputs is computed from.
    package let fanIn: Int
    /// Its weights, in the order of the graph, and what becomes of them.
    package fileprivate(set) var weights: [Weight] = []
  }

  /// A weight and what becomes of it.
  package struct Weight: Sendable, Hashable {
    package let name: ParameterName
    package let shape: Shape
    package let kind: Kind

    /// What becomes of a weight.
    package enum Kind: Sendable, Hashable {
      /// Drawn from (−1/√fan-in, 1/√fan-in).
      case drawn
      /// One value everywhere.
      case filled(Float)
    }
  }

  /// The layers, from the image to the outputs.
  package private(set) var layers: [Layer] = []

  /// Finds the layers of a network.
  package init(_ network: Graph) {
    let live = network.liveness
    var seen: Set<ParameterName> = []
    for node in network.nodes where live.isNeeded(node.value) {
      guard let operation = node.operation, node.rows != nil else { continue }
      if operation is Conv2D || operation is Linear, node.inputs.count > 1 {
        let weights = network[node.inputs[1]].shape
        let fanIn = weights.extents.dropFirst().reduce(1, *)
        layers.append(
          Layer(value: node.value, isConvolution: operation is Conv2D, fanIn: max(fanIn, 1)))
      }
      guard let place = owner(of: node, network) else { continue }
      for (number, input) in node.inputs.enumerated() where network[input].rows == nil {
        guard let kind = Self.kind(of: number, operation) else { continue }
        for (name, shape) in Self.parameters(behind: input, network)
        where seen.insert(name).inserted {
          layers[place].weights.append(Weight(name: name, shape: shape, kind: kind))
        }
      }
    }
    layers.removeAll { $0.weights.isEmpty }
  }

  /// New weights of a layer.
  ///
  /// They are drawn from the stream `weights`, in their order, elements from 0 on; the key is the
  /// seed and, from the second layer on, the place of the layer, so that no two are alike.
  package func drawn(_ place: Int, seed: UInt64) -> [ParameterName: HostTensor<Float>] {
    let layer = layers[place]
    let stream = Philox(seed: seed &+ UInt64(place) &* 0x9e37_79b9_7f4a_7c15)
    let bound = 1 / Double(layer.fanIn).squareRoot()
    var element: UInt64 = 0
    var tensors: [ParameterName: HostTensor<Float>] = [:]
    for weight in layer.weights {
      switch weight.kind {
      case .filled(let value): tensors[weight.name] = HostTensor(weight.shape, filledWith: value)
      case .drawn:
        var values: [Float] = []
        values.reserveCapacity(weight.shape.elementCount)
        var words = SIMD4<UInt32>()
        for _ in 0..<weight.shape.elementCount {
          let lane = Int(element % 4)
          if lane == 0 || values.isEmpty {
            words = stream.words(block: element / 4, stream: .weights)
          }
          let share = Double(words[lane] >> 8) * 0x1p-24
          values.append(Float((2 * share - 1) * bound))
          element += 1
        }
        tensors[weight.name] = HostTensor(weight.shape, values)
      }
    }
    return tensors
  }

  /// What becomes of an input of an operator; nil where it stays.
  private static func kind(of input: Int, _ operation: any Operator) -> Weight.Kind? {
    guard operation is BatchNorm else { return .drawn }
    // Scale, shift, and the statistics, which stay.
    return input == 1 ? .filled(1) : input == 2 ? .filled(0) : nil
  }

  /// The layer that a node belongs to: itself, or the last one before it.
  private func owner(of node: Node, _ network: Graph) -> Int? {
    var value = node.value
    while true {
      if let place = layers.lastIndex(where: { $0.value == value }) { return place }
      guard let next = network[value].inputs.first(where: { network[$0].rows != nil }) else {
        return nil
      }
      value = next
    }
  }

  /// The parameters that a value without rows is made of.
  private static func parameters(
    behind value: Value, _ network: Graph
  ) -> [(name: ParameterName, shape: Shape)] {
    let node = network[value]
    if case .parameter(let name) = node.source { return [(name, node.shape)] }
    return node.inputs.flatMap { parameters(behind: $0, network) }
  }
}
