import Graphs
import Tensors

/// The sum of the channels of each group: Group-CAM's merging of maps.
///
/// y[n,l] = Σ x[n,k] over the channels k of group l. Balanced groups: with G = min(groups, C), group l
/// holds the channels ⌊l·C/G⌋ to ⌊(l+1)·C/G⌋ − 1. Chunks: ⌈C/groups⌉ channels each, the last shorter
/// and possibly fewer groups (PyTorch `chunk`). Zhang et al. 2021, eq. 4, leaves unequal groups open.
///
/// Input: x `[N, C, h, w]`. Output: `[N, G, h, w]`.
public struct GroupSum: Operator {
  /// The stem of every file about this operator.
  public static let name = "group_sum"

  /// How channels are divided when the groups cannot be equal.
  public enum Split: String, Sendable, Hashable, CaseIterable {
    /// Sizes differ by one at most.
    case balanced
    /// Every group has ⌈C/groups⌉ channels but the last.
    case chunk
  }

  /// The number of groups asked for.
  public var groups: Int
  /// How channels are divided.
  public var split: Split

  /// A sum of groups.
  public init(groups: Int, split: Split) {
    self.groups = groups
    self.split = split
  }

  /// `[N, G, h, w]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try Self.check(inputs, ranks: [4], takes: "x [N, C, h, w]")
    guard groups >= 1 else { throw ShapeError(Self.name, "\(groups) groups") }
    return inputs[0].with(groupCount(channels: inputs[0][1]), along: 1)
  }

  /// The formula, channels in order.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let x = inputs[0]
    var y = zeroOutput(inputs)
    visitChannels(of: x.shape, in: y.shape) { i, j in y[j] += x[i] }
    return y
  }

  /// Each channel takes the upstream gradient of its group.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let channels = graph.shape(of: site.inputs[0])[1]
    return [try graph.add(GroupSpread(self, channels: channels), [site.upstream])]
  }

  /// One addition for each element of x.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: inputs[0].elementCount)
  }

  /// How many groups there are of so many channels.
  public func groupCount(channels: Int) -> Int {
    let count = min(groups, channels)
    switch split {
    case .balanced: return count
    case .chunk:
      let size = (channels - 1) / count + 1
      return (channels - 1) / size + 1
    }
  }

  /// The channels of each group.
  public func ranges(channels: Int) -> [Range<Int>] {
    let count = groupCount(channels: channels)
    switch split {
    case .balanced:
      return (0..<count).map { $0 * channels / count..<($0 + 1) * channels / count }
    case .chunk:
      let size = (channels - 1) / min(groups, channels) + 1
      return (0..<count).map { $0 * size..<min(($0 + 1) * size, channels) }
    }
  }

  /// Calls `body` for every element of x: its flat index, and that of its sum in y.
  func visitChannels(of x: Shape, in y: Shape, _ body: (Int, Int) -> Void) {
    let plane = x[2] * x[3]
    for n in 0..<x[0] {
      for (group, channels) in ranges(channels: x[1]).enumerated() {
        for k in channels {
          for place in 0..<plane {
            body((n * x[1] + k) * plane + place, (n * y[1] + group) * plane + place)
          }
        }
      }
    }
  }
}
