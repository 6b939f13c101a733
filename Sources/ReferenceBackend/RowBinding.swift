import Execution
import Graphs
import Tensors

/// How many rows each axis has in one run.
struct RowBinding {
  private var counts: [RowAxis: Int] = [:]

  /// Reads the rows off the inputs of a graph and checks every other extent.
  /// - Throws: `BackendError.mismatch` where an input does not fit, two inputs disagree, or values
  ///   that the graph computes would have more rows than the capacity.
  init(_ graph: Graph, _ shapes: [Shape], capacity: Int) throws(BackendError) {
    guard shapes.count == graph.inputs.count else {
      throw .mismatch("\(shapes.count) inputs for a graph of \(graph.inputs.count)")
    }
    for (value, shape) in zip(graph.inputs, shapes) {
      let node = graph[value]
      let name = graph.describe(value)
      guard let axis = node.rows else {
        guard shape == node.shape else {
          throw .mismatch("\(name): \(shape) where \(node.shape) is expected")
        }
        continue
      }
      guard shape.rank == node.shape.rank, shape.row == node.shape.row, shape[0] >= 1 else {
        throw .mismatch("\(name): \(shape) where rows of \(node.shape.row) are expected")
      }
      if let count = counts[axis], count != shape[0] {
        throw .mismatch("\(name): \(shape[0]) \(axis) where another input has \(count)")
      }
      counts[axis] = shape[0]
    }
    let live = graph.liveness
    for node in graph.nodes where node.operation != nil && live.isNeeded(node.value) {
      guard let axis = node.rows, let count = counts[axis], count > capacity else { continue }
      throw .mismatch("\(count) \(axis) in a graph compiled for \(capacity)")
    }
  }

  /// The true shape of a node in this run.
  func shape(of node: Node) -> Shape {
    guard let axis = node.rows, let count = counts[axis] else { return node.shape }
    return node.shape.withRows(count)
  }
}
