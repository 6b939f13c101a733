import Execution
import Graphs
import OpenCLBackend
import OperatorCases
import ReferenceBackend
import Tensors

/// What one variant made of one case.
public struct CaseOutcome: Sendable {
  /// The operator or pattern of the case.
  public let operatorName: String
  /// The variant; `gradient` for the derived backward graph.
  public let variant: String
  /// What is awkward about the case.
  public let title: String
  /// The worst normalised error of its outputs.
  public let error: Double
  /// The limit of the error.
  public let limit: Double
  /// What does not hold; empty where everything does.
  public var faults: [String]
  /// Every output with its truth, for a closer look at a failure.
  public let outputs: [(found: HostTensor<Float>, expected: HostTensor<Float>)]
}

/// Compares the kernels of a backend with the reference, case by case.
///
/// Every variant of the ladder computes the case between guard bands, in memory filled with NaN,
/// twice, and once more for a row alone. The derived backward graph is compared likewise.
package struct CaseCheck {
  private let backend: OpenCLBackend
  private let reference = ReferenceBackend()

  package init(backend: OpenCLBackend) {
    self.backend = backend
  }

  /// The outcomes of a case: one for each variant, one for its gradients.
  package func outcomes(of item: OperatorCase) async throws(BackendError) -> [CaseOutcome] {
    let expected = try await referenceOutputs(of: item.graph, item)
    var outcomes: [CaseOutcome] = []
    var bits: [String: [HostTensor<Float>]] = [:]
    for (variant, algorithm) in variants(of: item) {
      let (outcome, found) = try await check(item, variant, expected)
      outcomes.append(outcome)
      if let other = bits[algorithm], !haveSameBits(other, found), let last = outcomes.indices.last
      {
        outcomes[last].faults.append("other bits than another tile of \(algorithm)")
      }
      bits[algorithm] = found
    }
    if !item.differentiated.isEmpty {
      outcomes.append(try await checkGradient(of: item))
    }
    return outcomes
  }

  /// The variants that any node of the case has, with their algorithms.
  private func variants(of item: OperatorCase) -> [(name: String, algorithm: String)] {
    var seen: Set<String> = []
    return item.graph.nodes.filter { $0.operation != nil }
      .flatMap { backend.ladder(of: $0, in: item.graph, capacity: item.capacity) }
      .filter { seen.insert($0.name).inserted }
  }

  private func check(
    _ item: OperatorCase, _ variant: String, _ expected: [HostTensor<Float>]
  ) async throws(BackendError) -> (CaseOutcome, [HostTensor<Float>]) {
    let (values, faults) = try await computed(
      item.graph, item, inspection: Inspection(variant: variant))
    let outcome = self.outcome(of: item, variant, limit: item.tolerance, values, expected, faults)
    return (outcome, values)
  }

  private func checkGradient(of item: OperatorCase) async throws(BackendError) -> CaseOutcome {
    let graph: Graph
    do throws(GraphError) {
      graph = try item.gradientGraph()
    } catch {
      throw .mismatch("\(item.name): \(error)")
    }
    let (values, faults) = try await computed(graph, item, inspection: Inspection())
    return outcome(
      of: item, "gradient", limit: item.gradientTolerance, values,
      try await referenceOutputs(of: graph, item), faults)
  }

  /// The outputs of a graph, with everything that does not hold about how they came to be.
  private func computed(
    _ graph: Graph, _ item: OperatorCase, inspection: Inspection
  ) async throws(BackendError) -> (values: [HostTensor<Float>], faults: [String]) {
    let executable = try await backend.compile(
      graph, CompileOptions(capacity: item.capacity), inspection: inspection)
    let parameters = try await backend.upload(sources(of: item))
    let first = try await run(executable, item.inputs, parameters)
    let again = try await run(executable, item.inputs, parameters)
    var faults = first.faults
    if !haveSameBits(again.values, first.values) { faults.append("other bits in a second run") }
    if let fault = try await rowFault(graph, item, inspection, first.values, parameters) {
      faults.append(fault)
    }
    let overwritten = try await executable.guards?.violations() ?? 0
    if overwritten > 0 { faults.append("\(overwritten) floats written outside of a tensor") }
    return (first.values, faults)
  }

  /// A row computed alone, by a plan for one row, must have the bits that it has in the batch.
  ///
  /// A case whose formula joins rows, as a mean over the batch does, is left out. The loss behind a
  /// gradient joins them too, and its gradient is that of each row all the same.
  private func rowFault(
    _ graph: Graph, _ item: OperatorCase, _ inspection: Inspection,
    _ together: [HostTensor<Float>], _ parameters: any ResidentParameters
  ) async throws(BackendError) -> String? {
    let outputs = graph.outputs.enumerated().filter { graph[$0.element].rows == .rows }
    guard let rows = item.rows[.rows], rows > 1, !outputs.isEmpty, !item.graph.joinsRows else {
      return nil
    }
    let others = item.rows.filter { $0.key != .rows }.values.max() ?? 1
    let executable = try await backend.compile(
      graph, CompileOptions(capacity: others), inspection: inspection)
    for row in [0, rows - 1] {
      let inputs = zip(graph.inputs, item.inputs).map { value, tensor in
        graph[value].rows == .rows ? tensor.rows(row..<row + 1) : tensor
      }
      let alone = try await run(executable, inputs, parameters)
      for (place, _) in outputs
      where !alone.values[place].hasSameBits(as: together[place].rows(row..<row + 1)) {
        return "row \(row) has other bits alone than in a batch of \(rows)"
      }
    }
    return nil
  }

  private func haveSameBits(_ first: [HostTensor<Float>], _ second: [HostTensor<Float>]) -> Bool {
    first.elementsEqual(second) { $0.hasSameBits(as: $1) }
  }

  private func run(
    _ executable: OpenCLExecutable, _ inputs: [HostTensor<Float>],
    _ parameters: any ResidentParameters
  ) async throws(BackendError) -> (values: [HostTensor<Float>], faults: [String]) {
    var resident: [any ResidentTensor] = []
    for input in inputs { resident.append(try await backend.upload(input)) }
    var values: [HostTensor<Float>] = []
    var faults: [String] = []
    for output in try await executable.run(resident, parameters) {
      values.append(try await output.download())
      if let tensor = output as? OpenCLTensor, !(try await tensor.hasZeroTails()) {
        faults.append("lanes behind the last channel are not zero")
      }
    }
    return (values, faults)
  }

  private func outcome(
    of item: OperatorCase, _ variant: String, limit: Double, _ found: [HostTensor<Float>],
    _ expected: [HostTensor<Float>], _ faults: [String]
  ) -> CaseOutcome {
    let error =
      zip(found, expected)
      .map { ErrorMetrics(found: $0, expected: $1).normalised }.max() ?? .infinity
    return CaseOutcome(
      operatorName: item.operatorName, variant: variant, title: item.title, error: error,
      limit: limit, faults: error <= limit ? faults : ["error above the limit"] + faults,
      outputs: Array(zip(found, expected)))
  }

  private func referenceOutputs(
    of graph: Graph, _ item: OperatorCase
  ) async throws(BackendError) -> [HostTensor<Float>] {
    let executable = try await reference.compile(graph, CompileOptions(capacity: item.capacity))
    let parameters = try await reference.upload(sources(of: item))
    var resident: [any ResidentTensor] = []
    for input in item.inputs { resident.append(try await reference.upload(input)) }
    var outputs: [HostTensor<Float>] = []
    for output in try await executable.run(resident, parameters) {
      outputs.append(try await output.download())
    }
    return outputs
  }

  private func sources(of item: OperatorCase) -> [ParameterName: any WeightSource] {
    item.weights.mapValues { HostWeights($0) as any WeightSource }
  }
}

extension Graph {
  /// Whether some node reads rows and has none.
  fileprivate var joinsRows: Bool {
    nodes.contains { node in
      node.rows == nil && node.inputs.contains { self[$0].rows != nil }
    }
  }
}
