import Graphs
import Operators
import Tensors

/// Reductions over fixed axes.
extension OnnxImport {
  /// What a reduction computes.
  enum Reduction {
    case mean, sum, minimum, maximum
  }

  /// `ReduceMean`, `ReduceSum`, `ReduceMin` and `ReduceMax`.
  mutating func reduce(_ call: OnnxCall, _ kind: Reduction) throws(ModelError) -> OnnxOperand {
    let x = try value(call, 0)
    let rank = shape(x).rank
    var stated = try integers(call, "axes", orInput: 1)
    if stated?.isEmpty ?? true {
      if try call.flag("noop_with_empty_axes") { return .value(x) }
      stated = Array(0..<rank)
    }
    let axes = try call.axes(stated ?? [], rank: rank)
    let keeps = try call.flag("keepdims", default: true)
    guard !hasRows(x) || !axes.contains(0) else { throw call.unsupported("it reduces the batch") }
    if kind == .mean, rank == 4, axes == [2, 3] {
      let pooled = try add(GlobalAveragePool(), [x], call)
      return .value(keeps ? pooled : try reshape(pooled, [1, shape(x)[1]], call))
    }
    switch kind {
    case .mean: return .value(try add(ReduceMean(axes: axes, keepsAxes: keeps), [x], call))
    case .sum: return .value(try add(ReduceSum(axes: axes, keepsAxes: keeps), [x], call))
    case .minimum: return .value(try add(ReduceMin(axes: axes, keepsAxes: keeps), [x], call))
    case .maximum: return .value(try add(ReduceMax(axes: axes, keepsAxes: keeps), [x], call))
    }
  }
}
