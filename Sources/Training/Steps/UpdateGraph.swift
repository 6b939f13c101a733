import Graphs
import Operators
import Tensors

/// The other half of a step: parameters follow their gradients, running statistics those of the batch.
struct UpdateGraph {
  /// What is computed.
  ///
  /// Inputs: state, gradients, rate `[1]`, step `[1]`; then, where there are statistics, the running
  /// ones and those of the batch. Outputs: the state, and the running statistics.
  let graph: Graph

  /// The update of some parameters.
  /// - Parameters:
  ///   - optimizer: the rule.
  ///   - clipping: the norm that all gradients together may have; nil for any.
  ///   - momentum: the share of the batch in the running statistics.
  ///   - parameters: the length of their arena.
  ///   - statistics: the length of theirs; nil where there are none.
  /// - Throws: `GraphError` where numbers of the rule are out of range.
  init(
    _ optimizer: Optimizer, clipping: Float?, momentum: Float, parameters: Int, statistics: Int?
  ) throws(GraphError) {
    var builder = GraphBuilder()
    let state = builder.input("state", [optimizer.stateRows, parameters], rows: nil)
    var gradient = builder.input("gradient", [parameters], rows: nil)
    let rate = builder.input("rate", [1], rows: nil)
    let step = builder.input("step", [1], rows: nil)
    if let clipping { gradient = try builder.clip(gradient, norm: clipping) }
    var outputs = [
      try optimizer.update(state, gradient, rate: rate, step: step, in: &builder)
    ]
    if let statistics {
      let running = builder.input("running", [statistics], rows: nil)
      let batch = builder.input("batch", [statistics], rows: nil)
      let distance = try builder.add(Subtract(), [batch, running])
      let change = try builder.add(Multiply(), [distance, builder.constant(momentum)])
      outputs.append(try builder.add(Add(), [running, change]))
    }
    graph = try builder.finish(outputs: outputs)
  }
}

extension GraphBuilder {
  /// A vector of whole arenas, made shorter where its Euclidean norm is above a limit.
  ///
  /// g · min(1, limit / (|g| + 1e-6)): Pascanu et al. 2013, algorithm 1, as PyTorch's
  /// `clip_grad_norm_` has it.
  fileprivate mutating func clip(_ gradient: Value, norm limit: Float) throws(GraphError) -> Value {
    let lines = shape(of: gradient)[0] / Arena.alignment
    let square = try add(Multiply(), [gradient, gradient])
    let table = try add(Reshape([lines, Arena.alignment]), [square])
    let sums = try add(ReduceSum(axes: [1], keepsAxes: false), [table])
    let sum = try add(ReduceSum(axes: [0], keepsAxes: true), [sums])
    let norm = try add(Add(), [add(SquareRoot(), [sum]), constant(1e-6)])
    let share = try add(Divide(), [constant(limit), norm])
    return try add(Multiply(), [gradient, add(Clamp(lower: 0, upper: 1), [share])])
  }
}
