import Graphs
import Tensors

/// A vector added up over all ranks of a step; the place where a graph is cut for it.
///
/// y = Σ_r x_r in order of ranks. No backend runs it: `StagedGraph` cuts a graph at such nodes, and
/// `StagedExecutable` adds up between the pieces.
///
/// Input: x `[C]`, without rows. Output: the same shape.
package struct SummedOverRanks: Operator {
  /// What plans and errors call it.
  package static let name = "summed_over_ranks"

  /// The operator; it has no parameters.
  package init() {}

  /// The shape of x.
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs.count == 1, inputs[0].rank == 1 else {
      throw ShapeError(Self.name, "takes x [C], not \(inputs)")
    }
    return inputs[0]
  }

  /// The vector itself: the sum over one rank.
  package func reference(_ inputs: [HostTensor<Double>]) -> HostTensor<Double> { inputs[0] }
}
