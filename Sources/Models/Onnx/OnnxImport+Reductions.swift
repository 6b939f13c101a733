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
    var inputs = try aligned(call, 0..<1)
    let rank = shape(inputs.values[0]).rank
    var stated = try integers(call, "axes", orInput: 1)
    if stated?.isEmpty ?? true {
      if try call.flag("noop_with_empty_axes") { return try operand(call, 0) }
      stated = Array(0..<rank)
    }
    let reduced = try call.axes(stated ?? [], rank: rank)
    let keeps = try call.flag("keepdims", default: true)
    let rest = (0..<rank).filter { !reduced.contains($0) }.map(inputs.axis)
    if !keeps, rest != rest.sorted() {
      inputs = Aligned(values: [try value(call, 0)])
    }
    let x = inputs.values[0]
    let axes = reduced.map(inputs.axis).sorted()
    guard !hasRows(x) || !axes.contains(0) else { throw call.unsupported("it reduces the batch") }
    if kind == .mean, rank == 4, axes == [2, 3] {
      let pooled = try add(GlobalAveragePool(), [x], call)
      if keeps { return inputs.result(pooled) }
      return .value(try reshape(pooled, [1, shape(x)[1]], call))
    }
    let y: Value
    switch kind {
    case .mean: y = try add(ReduceMean(axes: axes, keepsAxes: keeps), [x], call)
    case .sum: y = try add(ReduceSum(axes: axes, keepsAxes: keeps), [x], call)
    case .minimum: y = try add(ReduceMin(axes: axes, keepsAxes: keeps), [x], call)
    case .maximum: y = try add(ReduceMax(axes: axes, keepsAxes: keeps), [x], call)
    }
    return keeps ? inputs.result(y) : .value(y)
  }
}
