import Execution
import Graphs
import Operators
import Tensors

/// Sums over the constants that a network adds: what full-gradient maps ask of a backward pass.
///
/// A constant β[k] is what a convolution, a batch normalisation, a linear layer or an addition adds
/// to channel k, and g its gradient: dy/d(output of the layer), before any non-linearity. Of a batch
/// normalisation β = bias − scale · mean / √(variance + ε). Computed in the graph of the pass
/// itself: no gradient of a layer leaves it.
public struct BiasTerms: Sendable, Hashable {
  /// What shares a minimum and a maximum when magnitudes are scaled to 0...1.
  public enum Scope: Sendable, Hashable {
    /// All channels of a tensor.
    case tensor
    /// Each channel alone.
    case channel
  }

  /// The answer: one row for each target.
  public struct Sums: Sendable {
    /// `[T, 1, H, W]`: Σ over layers and channels of resize(minmax(|β · g|)).
    public var map: any ResidentTensor
    /// `[T, 1]`: Σ β · g over every layer and place, linear layers included.
    public var total: any ResidentTensor

    /// Sums.
    public init(map: any ResidentTensor, total: any ResidentTensor) {
      self.map = map
      self.total = total
    }
  }

  /// What is scaled together.
  public var scope: Scope
  /// Whether gradients are multiplied by their constants in the map; the total always is.
  public var multiplies: Bool
  /// Whether corner pixels lie on corner pixels when maps are enlarged.
  public var alignsCorners: Bool

  /// Sums.
  public init(scope: Scope, multiplies: Bool, alignsCorners: Bool) {
    self.scope = scope
    self.multiplies = multiplies
    self.alignsCorners = alignsCorners
  }

  /// The nodes that add a constant and on which the logits depend, in order.
  func places(in network: NetworkLayout) -> [Node] {
    let graph = network.graph.with(outputs: [network.logits])
    let live = graph.liveness
    var depends = [Bool](repeating: false, count: graph.nodes.count)
    depends[network.image.id] = true
    for node in graph.nodes where node.inputs.contains(where: { depends[$0.id] }) {
      depends[node.value.id] = true
    }
    return graph.nodes.filter { node in
      live.isNeeded(node.value) && depends[node.value.id] && graph.addsConstant(node)
    }
  }

  /// The map and the total, from the gradients at the nodes.
  func sums(
    _ nodes: [Node], _ adjoints: [Value], of network: NetworkLayout,
    in builder: inout GraphBuilder
  ) throws(GraphError) -> [Value] {
    let (height, width) = (network.imageShape[2], network.imageShape[3])
    let plane = try builder.add(Slice(axis: 1, range: 0..<1), [network.image])
    var map = try builder.add(Broadcast(), [builder.constant(0), plane])
    var total = try builder.add(Slice(axis: 1, range: 0..<1), [network.logits])
    total = try builder.add(Broadcast(), [builder.constant(0), total])
    for (node, adjoint) in zip(nodes, adjoints) {
      let product = try builder.add(Multiply(), [adjoint, builder.addedConstant(node)])
      let axes = Array(1..<node.shape.rank)
      let sum = try builder.add(ReduceSum(axes: axes, keepsAxes: false), [product])
      total = try builder.add(Add(), [total, builder.add(Reshape([1, 1]), [sum])])
      guard node.shape.rank == 4 else { continue }
      let scaled = try scaled(multiplies ? product : adjoint, in: &builder)
      let resize = ResizeBilinear(height: height, width: width, alignsCorners: alignsCorners)
      let isSmall = node.shape[2] != height || node.shape[3] != width
      map = try builder.add(Add(), [map, isSmall ? builder.add(resize, [scaled]) : scaled])
    }
    return [map, total]
  }

  /// Σ_k minmax(|v|)[k], `[T, 1, u, v]` from `[T, K, u, v]`; zeros where nothing varies.
  ///
  /// Bilinear resizing is linear, so channels are added before it.
  package func scaled(_ values: Value, in builder: inout GraphBuilder) throws(GraphError) -> Value {
    let axes = scope == .tensor ? [1, 2, 3] : [2, 3]
    let sizes = try builder.magnitude(values)
    let low = try builder.add(ReduceMin(axes: axes, keepsAxes: true), [sizes])
    let high = try builder.add(ReduceMax(axes: axes, keepsAxes: true), [sizes])
    let range = try builder.add(Subtract(), [high, low])
    let varies = try builder.add(Step(), [range])
    let shifted = try builder.add(Multiply(), [builder.add(Subtract(), [sizes, low]), varies])
    let unit = try builder.add(Divide(), [shifted, builder.orOne(range, where: varies)])
    return try builder.add(ReduceSum(axes: [1], keepsAxes: true), [unit])
  }
}

extension Graph {
  /// Whether a node adds a constant to what it computes from its first input.
  func addsConstant(_ node: Node) -> Bool {
    switch node.operation {
    case is Conv2D, is Linear: node.inputs.count == 3
    case is BatchNorm: true
    case is Add: node.inputs.count == 2 && node.inputs.count { self[$0].rows == nil } == 1
    default: false
    }
  }
}

extension GraphBuilder {
  /// The constant that a node adds, in a shape that meets its output.
  mutating func addedConstant(_ node: Node) throws(GraphError) -> Value {
    let ones = [Int](repeating: 1, count: max(0, node.shape.rank - 2))
    if node.operation is Add {
      return node.inputs.first { rows(of: $0) == nil } ?? node.inputs[1]
    }
    let shape = Shape([1, node.shape[1]] + ones)
    guard let norm = node.operation as? BatchNorm else {
      return try add(Reshape(shape), [node.inputs[2]])
    }
    // What a normalisation makes of zeros.
    let zeros = constant(HostTensor<Float>(shape, filledWith: 0))
    return try add(norm, [zeros] + node.inputs.dropFirst())
  }
}
