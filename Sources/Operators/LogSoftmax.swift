import Graphs
import Tensors

/// The logarithm of the softmax along an axis.
///
/// y[i] = x[i] − max x − ln Σ_j e^(x[j] − max x); ONNX `LogSoftmax` (since opset 13). No power of it
/// underflows, as the logarithm of `Softmax` would.
///
/// Input: x of any shape. Output: the same shape, at most 0. The axis is not 0 where x has rows.
public struct LogSoftmax: NormalizingOperator {
  /// The stem of every file about this operator.
  public static let name = "log_softmax"

  /// The axis along which the exponentials of the output sum to 1.
  public var axis: Int

  /// A logarithm of a softmax.
  public init(axis: Int) {
    self.axis = axis
  }

  /// The formula, list by list.
  public func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> {
    let x = inputs[0]
    var y = zeroOutput(inputs)
    for list in x.shape.indices(reducing: [axis]) {
      let maximum = list.reduce(-Double.infinity) { max($0, x[$1]) }
      let sum = list.reduce(0) { $0 + exponential(x[$1] - maximum) }
      for index in list { y[index] = x[index] - maximum - naturalLogarithm(sum) }
    }
    return y
  }

  /// dx = dy − softmax(x) · Σ dy, the sum along the axis.
  public func gradient(
    _ site: GradientSite, in graph: inout GraphBuilder
  ) throws(GraphError) -> [Value?] {
    let sum = try graph.add(ReduceSum(axes: [axis], keepsAxes: true), [site.upstream])
    let softmax = try graph.add(Softmax(axis: axis), [site.inputs[0]])
    let share = try graph.add(Multiply(), [softmax, sum])
    return [try graph.add(Subtract(), [site.upstream, share])]
  }
}
