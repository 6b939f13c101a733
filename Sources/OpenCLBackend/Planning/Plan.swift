import Execution
import Graphs
import Tensors

/// A graph turned into launches: which kernels run on which tensors, and where those live.
///
/// A plan depends on the graph, the shapes of a row, the capacity, the precision and the device.
/// It refers to packed weights by name and never contains them; rows are bound when it runs.
struct Plan: Sendable {
  /// Where a tensor lives.
  enum Storage: Sendable, Hashable {
    /// Passed in by the caller, at this place of `Graph.inputs`.
    case input(Int)
    /// Made for the caller, anew in each run.
    case output
    /// In the plan's own memory.
    case slot(Int)
    /// In the memory of another tensor, so many floats behind its start.
    case part(host: Int, floats: Int)
    /// Held with the other weights.
    case weight(Weight, ParameterForm)
    /// A number of the graph.
    case constant(HostTensor<Float>)
  }

  /// A value, or a copy of one in another layout.
  struct Tensor: Sendable {
    /// The logical shape; the leading extent is 1 where it has rows.
    let shape: Shape
    /// What its leading axis counts.
    let rows: RowAxis?
    /// How it is stored.
    let layout: Layout
    /// Where it lives.
    var storage: Storage
  }

  /// One step: a variant of an operator with the nodes that are fused into it.
  struct Step: Sendable {
    /// The nodes computed; the output is the value of the last.
    ///
    /// Empty for a change of layout.
    let nodes: [Value]
    /// The kernels.
    let variant: Variant
    /// What they are compiled for.
    var tile: Tile
    /// Indices into `tensors`.
    let inputs: [Int]
    /// The places of inputs that already lie in the output, and need no launch.
    var sharedInputs: Set<Int> = []
    /// The tensor added before the activation.
    let residual: Int?
    /// The activation applied before the store.
    let activation: Activation
    /// The tensor of the gate behind the activation.
    let gate: Int?
    /// Where it is open.
    let bounds: Gate?
    /// The tensor written.
    let output: Int
    /// The tensors read, the residual and the gate last.
    var sources: [Int] { inputs + [residual, gate].compactMap { $0 } }
    /// The slots of the working memory.
    var scratch: [Int] = []
  }

  /// The graph that is computed.
  let graph: Graph
  /// The most rows of a tensor of the plan's own.
  let capacity: Int
  /// All tensors.
  var tensors: [Tensor]
  /// The steps in order.
  var steps: [Step]
  /// For each output of the graph, its tensor.
  let outputs: [Int]
  /// The floats of each slot.
  var slots: [Int] = []

  /// The bytes of the plan's own memory.
  var byteCount: Int { slots.reduce(0, +) * 4 }

  /// The capacity of the buffer of a tensor in the plan's own memory.
  func capacity(of tensor: Tensor) -> Int {
    tensor.rows == nil ? tensor.shape.extents.first ?? 1 : capacity
  }
}
