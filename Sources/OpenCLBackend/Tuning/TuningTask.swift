import Execution
import Graphs
import OpenCLRuntime
import Tensors

/// A step of some network whose kernels can be compiled for several tiles.
package struct TuningTask: Sendable {
  /// The step as a graph of its own.
  package let graph: Graph
  /// What its tile depends on.
  package let key: TuningKey
  /// The operators that it computes together, `conv2d+add+relu`.
  package let names: String
  /// The rows of a run.
  package let rows: Int
  /// Operations of one row.
  let operations: Int
  /// Terms of one output's sum, which set the limit of its error.
  let terms: Double
  /// The definition of the operator, which every tile is compared with.
  let definition: String
  /// The kernels that run.
  package let kernels: [KernelName]
  /// The tile that is used where nothing was measured.
  package let baseline: Tile
  /// All tiles in the order in which they are tried: the baseline first, then a hint.
  package let tiles: [Tile]
}

extension OpenCLBackend {
  /// The steps of a graph that have tiles to choose from; equal ones once.
  /// - Parameters:
  ///   - graph: a network.
  ///   - options: the rows of a run.
  /// - Returns: the steps, in the order of the plan.
  /// - Throws: `BackendError` where the graph cannot be planned.
  package func tuningTasks(
    _ graph: Graph, _ options: CompileOptions
  ) throws(BackendError) -> [TuningTask] {
    var backend = self
    backend.tuning = tuning.withoutMeasurements
    let plan = try backend.plan(graph, options)
    let shapes = plan.bound { _ in plan.capacity }
    var tasks: [TuningTask] = []
    for step in plan.steps where !step.nodes.isEmpty {
      let anchor = graph[step.nodes[0]]
      guard
        let key = TuningKey(
          anchor, in: graph, step.variant, capacity: options.capacity,
          precision: options.precision),
        !tasks.contains(where: { $0.key == key }),
        let definition = ladder(of: anchor, in: graph, capacity: options.capacity).first
      else { continue }
      let part: Graph
      do throws(GraphError) {
        part = try graph.extract(step.nodes).graph
      } catch {
        throw .mismatch("\(error)")
      }
      let cost = anchor.operation?.cost(anchor.inputs.map { graph[$0].shape(rows: 1) })
      let operations = cost?.floatingPointOperations ?? 0
      let hints = [tuning.measured[key], tuning.hints[key]].compactMap { $0 }
      let offered = step.variant.tiles
      let order = ([step.tile] + hints.filter(offered.contains) + offered).reduce(into: [Tile]()) {
        if !$0.contains($1) { $0.append($1) }
      }
      tasks.append(
        TuningTask(
          graph: part, key: key,
          names: step.nodes.compactMap { graph[$0].operation?.name }.joined(separator: "+"),
          rows: options.capacity, operations: operations,
          terms: Double(operations) / Double(max(2 * anchor.shape(rows: 1).elementCount, 1)),
          definition: definition.name,
          kernels: step.variant.calls(plan.scope(of: step, shapes)).map(\.kernel)
            .reduce(into: []) { if !$0.contains($1) { $0.append($1) } },
          baseline: step.tile, tiles: order))
    }
    return tasks
  }
}
