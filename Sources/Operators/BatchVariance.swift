import Graphs
import Tensors

/// The mean squared distance of each channel from a number, over rows and space.
///
/// v[c] = 1/n · Σ (x[n,c,...] − mean[c])², n the elements of a channel. Where mean is that of x, it is
/// the biased variance, by which batch normalisation divides while a network is trained.
///
/// Inputs: x `[N, C, ...]`, mean `[C]`. Output: `[C]`, without rows, at least 0.
public struct BatchVariance: Operator {
  /// The stem of every file about this operator.
  public static let name = "batch_variance"

  /// The operator; it has no parameters.
  public init() {}

  /// `[C]`.
  public func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let signature = "x [N, C, ...], mean [C]"
    try Self.check(inputs, 2...2, takes: signature)
    guard inputs[0].rank >= 2, inputs[1] == [inputs[0][1]] else {
      throw ShapeError(Self.name, "takes \(signature), not \(Self.list(inputs))")
    }
    return inputs[1]
  }

  /// None: rows are summed.
  public func outputRows(_ inputs: [RowAxis?]) throws(ShapeError) -> RowAxis? {
    _ = try Self.rowsOfFirst(inputs)
    return nil
  }

  /// The formula, channel by channel.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let (x, mean) = (inputs[0], inputs[1])
    let channels = x.shape.indices(reducing: x.shape.axesBesideChannels)
    return HostTensor(
      mean.shape,
      channels.enumerated().map { c, elements in
        let squares = elements.reduce(0) { $0 + (x[$1] - mean[c]) * (x[$1] - mean[c]) }
        return squares / Double(elements.count)
      })
  }

  /// dx = 2/n · (x − mean[c]) · dv[c] and dmean = −Σ dx.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let (x, mean) = (site.inputs[0], site.inputs[1])
    let axes = graph.shape(of: x).axesBesideChannels
    let share = try graph.spreadMean(site.upstream, axes, of: x)
    let distance = try graph.add(Subtract(), [x, graph.alongChannels(mean, of: x)])
    let slope = try graph.add(Multiply(), [distance, graph.constant(2)])
    let dx = try graph.add(Multiply(), [share, slope])
    let sum = try graph.add(ReduceSum(axes: axes, keepsAxes: false), [dx])
    return [dx, try graph.negated(sum)]
  }

  /// A difference, a square and a sum for each element.
  public func cost(_ inputs: [Shape]) -> Cost {
    cost(inputs, operations: 3 * inputs[0].elementCount)
  }
}
