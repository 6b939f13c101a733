import Graphs
import Tensors

/// The softmax along an axis.
///
/// y[i] = e^(x[i] − max x) / Σ_j e^(x[j] − max x); ONNX `Softmax` (since opset 13).
///
/// Input: x of any shape. Output: the same shape, positive, summing to 1 along the axis. The axis is
/// not 0 where x has rows.
public struct Softmax: NormalizingOperator {
  /// The stem of every file about this operator.
  public static let name = "softmax"

  /// The axis along which the output sums to 1.
  public var axis: Int

  /// A softmax.
  public init(axis: Int) {
    self.axis = axis
  }

  /// The formula, list by list.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let x = inputs[0]
    var y = zeroOutput(inputs)
    for list in x.shape.indices(reducing: [axis]) {
      let maximum = list.reduce(-Double.infinity) { max($0, x[$1]) }
      let powers = list.map { exponential(x[$0] - maximum) }
      let sum = powers.reduce(0, +)
      for (index, power) in zip(list, powers) { y[index] = power / sum }
    }
    return y
  }

  /// dx = y · (dy − Σ dy·y), the sum along the axis.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let product = try graph.add(Multiply(), [site.upstream, site.output])
    let sum = try graph.add(ReduceSum(axes: [axis], keepsAxes: true), [product])
    let rest = try graph.add(Subtract(), [site.upstream, sum])
    return [try graph.add(Multiply(), [site.output, rest])]
  }
}
