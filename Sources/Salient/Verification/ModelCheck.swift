import Execution
import Graphs
import OpenCLBackend
import ReferenceBackend
import Tensors

/// Compares every step of a network's plan with the reference, on real values.
///
/// A step is run apart, on what the steps before it made on the device, so an error is found where
/// it arises and not where it has grown.
package struct ModelCheck {
  private let backend: OpenCLBackend
  private let reference = ReferenceBackend()
  private let weights: [ParameterName: any WeightSource]

  package init(backend: OpenCLBackend, weights: [ParameterName: any WeightSource]) {
    self.backend = backend
    self.weights = weights
  }

  /// The outcome of every step, in order.
  /// - Parameters:
  ///   - graph: one batch of images in.
  ///   - images: `[N, C, H, W]`.
  ///   - report: told about each outcome as it is known.
  /// - Throws: `BackendError` where the engine fails.
  package func check(
    _ graph: Graph, images: HostTensor<Float>, report: (CaseOutcome) -> Void
  ) async throws(BackendError) {
    let options = CompileOptions(capacity: images.shape[0])
    let plan = try await backend.compile(graph, options)
    let resident = (
      device: try await backend.upload(weights), truth: try await reference.upload(weights)
    )
    let whole = try await run(plan, [images], resident.device, on: backend)
    var values: [Value: HostTensor<Float>] = [:]
    for input in graph.inputs { values[input] = images }
    for step in plan.steps where !step.nodes.isEmpty {
      if Task.isCancelled { throw .cancelled }
      let part = try extract(step.nodes, of: graph)
      for input in part.inputs { try await fill(input, of: graph, into: &values, resident.truth) }
      let inputs = part.inputs.compactMap { values[$0] }
      let executable = try await backend.compile(part.graph, options, inspection: Inspection())
      let found = try await run(executable, inputs, resident.device, on: backend)
      let twin = try await reference.compile(part.graph, options)
      let expected = try await run(twin, inputs, resident.truth, on: reference)
      values[step.nodes[step.nodes.count - 1]] = found
      let overwritten = try await executable.guards?.violations() ?? 0
      var outcome = outcome(of: step, in: graph, found, expected, overwritten)
      if step.nodes.last == graph.outputs[0], !whole.hasSameBits(as: found) {
        outcome.faults.append("other bits in one run of the whole plan")
      }
      report(outcome)
    }
  }

  /// Adds a value that no step makes, as a concatenation whose parts were written in place: its
  /// definition, on what the steps made.
  private func fill(
    _ value: Value, of graph: Graph, into values: inout [Value: HostTensor<Float>],
    _ parameters: any ResidentParameters
  ) async throws(BackendError) {
    guard values[value] == nil else { return }
    let part = try extract([value], of: graph)
    for input in part.inputs { try await fill(input, of: graph, into: &values, parameters) }
    let inputs = part.inputs.compactMap { values[$0] }
    let rows = inputs.map { $0.shape[0] }.max() ?? 1
    let twin = try await reference.compile(part.graph, CompileOptions(capacity: rows))
    values[value] = try await run(twin, inputs, parameters, on: reference)
  }

  private func extract(
    _ nodes: [Value], of graph: Graph
  ) throws(BackendError) -> (graph: Graph, inputs: [Value]) {
    do throws(GraphError) {
      return try graph.extract(nodes)
    } catch {
      throw .mismatch("\(error)")
    }
  }

  private func outcome(
    of step: PlanStep, in graph: Graph, _ found: HostTensor<Float>,
    _ expected: HostTensor<Float>, _ overwritten: Int
  ) -> CaseOutcome {
    let anchor = graph[step.nodes[0]]
    let output = graph[step.nodes[step.nodes.count - 1]]
    let work = anchor.operation?.cost(anchor.inputs.map { graph[$0].shape })
    let terms = Double(work?.floatingPointOperations ?? 1) / Double(2 * anchor.shape.elementCount)
    let limit = 2e-6 * max(1, (terms / 64).squareRoot())
    let error = ErrorMetrics(found: found, expected: expected).normalised
    var faults = error <= limit ? [] : ["error above the limit"]
    if overwritten > 0 { faults.append("\(overwritten) floats written outside of a tensor") }
    let names = step.nodes.compactMap { graph[$0].operation?.name }
    return CaseOutcome(
      operatorName: names.joined(separator: "+"), variant: step.algorithm,
      title: graph.describe(output.value), error: error, limit: limit, faults: faults,
      outputs: [(found, expected)])
  }

  private func run(
    _ executable: any Executable, _ inputs: [HostTensor<Float>],
    _ parameters: any ResidentParameters, on engine: any Backend
  ) async throws(BackendError) -> HostTensor<Float> {
    var resident: [any ResidentTensor] = []
    for input in inputs { resident.append(try await engine.upload(input)) }
    return try await executable.run(resident, parameters)[0].download()
  }
}
