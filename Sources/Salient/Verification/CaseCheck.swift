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
/// Every variant of the ladder with every tile computes the case between guard bands, in memory filled with NaN,
/// twice, and once more for a row alone. The derived backward graph is compared likewise.
package struct CaseCheck {
  private let backend: OpenCLBackend
  private let reference = ReferenceBackend()

  package init(backend: OpenCLBackend) {
    self.backend = backend
  }

  /// The outcomes of a case: one for each variant, one for its gradients.
  ///
  /// - Parameters:
  ///   - item: the case.
  ///   - known: names of rungs to pass over; nil checks only what production runs.
  /// - Returns: at least one outcome.
  /// - Throws: `BackendError` where the reference fails, memory runs out or the task is cancelled.
  package func outcomes(
    of item: OperatorCase, except known: Set<String>? = []
  ) async throws(BackendError) -> [CaseOutcome] {
    let expected = try await referenceOutputs(of: item.graph, item)
    var outcomes: [CaseOutcome] = []
    var bits: [[String]: [HostTensor<Float>]] = [:]
    for rung in rungs(of: item, except: known) {
      var outcome = try await finding(item, rung.name, limit: item.tolerance) {
        () async throws(BackendError) in try await check(item, rung, expected)
      }
      let found = outcome.outputs.map(\.found)
      if !found.isEmpty {
        if let known = bits[rung.algorithms], !haveSameBits(known, found) {
          outcome.faults.append(
            "other bits than another tile of \(rung.algorithms.joined(separator: ", "))")
        }
        bits[rung.algorithms] = found
      }
      outcomes.append(outcome)
    }
    if !item.differentiated.isEmpty {
      outcomes.append(
        try await finding(item, Self.gradient, limit: item.gradientTolerance) {
          () async throws(BackendError) in try await checkGradient(of: item)
        })
    }
    return outcomes
  }

  /// What the backward graph that follows from a case is called.
  private static let gradient = "gradient"

  /// What came of a check; a kernel that does not build or run is a finding, as are wrong numbers.
  private func finding(
    _ item: OperatorCase, _ variant: String, limit: Double,
    _ check: () async throws(BackendError) -> CaseOutcome
  ) async throws(BackendError) -> CaseOutcome {
    do throws(BackendError) {
      return try await check()
    } catch {
      switch error {
      case .outOfMemory, .cancelled: throw error
      default:
        return CaseOutcome(
          operatorName: item.operatorName, variant: variant, title: item.title, error: .infinity,
          limit: limit, faults: [error.description.onOneLine], outputs: [])
      }
    }
  }

  /// A variant with one of its tiles.
  private struct Rung: Hashable {
    /// Nil for what production runs.
    let variant: String?
    let tile: Tile
    /// The algorithm of every node: the variant's where a node has it, else that of production.
    let algorithms: [String]

    /// `direct`, or `direct NB=1 UW=6` where the kernel can be compiled for tiles.
    var name: String {
      let variant = variant ?? "production"
      return tile.sizes.isEmpty ? variant : "\(variant) \(tile)"
    }
  }

  /// The variants that any node of the case has, each with all its tiles.
  private func rungs(of item: OperatorCase, except known: Set<String>?) -> [Rung] {
    guard let known else { return [Rung(variant: nil, tile: Tile(), algorithms: [])] }
    let ladders = item.graph.nodes.filter { $0.operation != nil }
      .map { backend.ladder(of: $0, in: item.graph, capacity: item.capacity) }
    func algorithms(_ name: String) -> [String] {
      ladders.compactMap { ladder in (ladder.first { $0.name == name } ?? ladder.last)?.algorithm }
    }
    var seen: Set<Rung> = []
    return ladders.joined()
      .flatMap { variant in
        variant.tiles.map {
          Rung(variant: variant.name, tile: $0, algorithms: algorithms(variant.name))
        }
      }
      .filter { seen.insert($0).inserted && !known.contains($0.name) }
  }

  private func check(
    _ item: OperatorCase, _ rung: Rung, _ expected: [HostTensor<Float>]
  ) async throws(BackendError) -> CaseOutcome {
    let (values, faults) = try await computed(
      item.graph, item,
      inspection: Inspection(
        variant: rung.variant, tile: rung.variant == nil ? nil : rung.tile))
    return outcome(of: item, rung.name, limit: item.tolerance, values, expected, faults)
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
      of: item, Self.gradient, limit: item.gradientTolerance, values,
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
