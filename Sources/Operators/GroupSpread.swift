import Graphs
import Tensors

/// The value of each group, given to each of its channels: the adjoint of `GroupSum`.
///
/// y[n,k] = x[n,l] for the group l that channel k belongs to.
///
/// Input: x `[N, G, h, w]`. Output: `[N, C, h, w]`.
public struct GroupSpread: Operator {
  /// The stem of every file about this operator.
  public static let name = "group_spread"

  /// The sum of the forward pass, which says how channels are divided.
  public var sum: GroupSum
  /// The number of channels.
  public var channels: Int

  /// A spread over so many channels.
  public init(_ sum: GroupSum, channels: Int) {
    self.sum = sum
    self.channels = channels
  }

  /// `[N, C, h, w]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [4], takes: "x [N, G, h, w]")
    let spread = try Self.sized(inputs[0].with(channels, along: 1))
    let groups = try sum.outputShape([spread])
    guard groups == inputs[0] else {
      throw ShapeError(Self.name, "\(inputs[0]), but \(channels) channels make \(groups)")
    }
    return spread
  }

  /// Copies each group's value.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    var y = zeroOutput(inputs)
    sum.visitChannels(of: y.shape, in: inputs[0].shape) { i, j in y[i] = inputs[0][j] }
    return y
  }

  /// The sum of groups itself, which is linear.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    [try graph.add(sum, [site.upstream])]
  }

  /// Memory traffic only.
  public func cost(_ inputs: [Shape]) -> Cost { cost(inputs, operations: 0) }
}
