import Execution
import Graphs
import OpenCLRuntime
import Operators
import Tensors

/// One step with numbers to compute: what its tiles are checked and timed on.
final class TileTrial {
  private let task: TuningTask
  private let backend: OpenCLBackend
  private let options: CompileOptions
  private let inputs: [any ResidentTensor]
  private let parameters: any ResidentParameters
  /// Rows that the definition has computed, with what it made of them.
  private let truth: [(row: Int, values: HostTensor<Float>)]
  /// The largest error that is rounding.
  private let limit: Double
  /// The output of the first tile that passed.
  private var bits: HostTensor<Float>?

  /// Uploads noise and computes the truth of the last row, or of the first too.
  init(
    _ task: TuningTask, on backend: OpenCLBackend, isThorough: Bool
  ) async throws(BackendError) {
    self.task = task
    self.backend = backend
    options = CompileOptions(capacity: task.rows)
    // The standard error of a sum grows with the root of its terms.
    limit = 2e-6 * max(1, (task.terms / 64).squareRoot())
    let graph = task.graph
    var noise = Noise()
    let values = graph.inputs.map { noise.tensor(graph[$0].shape(rows: task.rows)) }
    var weights: [ParameterName: any WeightSource] = [:]
    for node in graph.nodes {
      guard case .parameter(let name) = node.source else { continue }
      let values = noise.tensor(node.shape)
      weights[name] = HostWeights(
        graph.isVariance(node.value) ? HostTensor(node.shape) { abs(values[$0]) } : values)
    }
    parameters = try await backend.upload(weights)
    var resident: [any ResidentTensor] = []
    for value in values { resident.append(try await backend.upload(value)) }
    inputs = resident
    var truth: [(row: Int, values: HostTensor<Float>)] = []
    let definition = try await backend.compile(
      graph, CompileOptions(capacity: 1), inspection: Inspection(variant: task.definition))
    for row in Set(isThorough ? [0, task.rows - 1] : [task.rows - 1]).sorted() {
      var single: [any ResidentTensor] = []
      for (value, tensor) in zip(graph.inputs, values) {
        let isRow = graph[value].rows != nil
        single.append(try await backend.upload(isRow ? tensor.rows(row..<row + 1) : tensor))
      }
      truth.append((row, try await definition.run(single, parameters)[0].download()))
    }
    self.truth = truth
  }

  /// Why a tile must not be used; nil where its numbers are right.
  /// - Throws: `BackendError` where the device fails.
  func refusal(of tile: Tile) async throws(BackendError) -> String? {
    let found: HostTensor<Float>
    let overwritten: Int
    do throws(BackendError) {
      let executable = try await backend.compile(
        task.graph, options, inspection: Inspection(variant: task.key.variant, tile: tile))
      found = try await executable.run(inputs, parameters)[0].download()
      overwritten = try await executable.guards?.violations() ?? 0
    } catch {
      guard let reason = error.refusal else { throw error }
      return reason
    }
    guard overwritten == 0 else { return "\(overwritten) floats written outside of its tensor" }
    for (row, expected) in truth {
      let error = ErrorMetrics(found: found.rows(row..<row + 1), expected: expected).normalised
      guard error <= limit else {
        return "error \(Self.text(error)) in image \(row), at most \(Self.text(limit)) is rounding"
      }
    }
    guard let bits else {
      bits = found
      return nil
    }
    return found.hasSameBits(as: bits) ? nil : "other bits than the first sound tile"
  }

  /// The least milliseconds of each tile on the device, of runs in turns after one to warm up.
  func times(of tiles: [Tile], runs: Int) async throws(BackendError) -> [Tile: Double] {
    var executables: [(tile: Tile, executable: OpenCLExecutable)] = []
    for tile in tiles {
      var engine = backend
      engine.tuning = Tuning(measured: [task.key: tile])
      executables.append(
        (tile, try await engine.compile(task.graph, options, inspection: nil)))
    }
    var least: [Tile: Double] = [:]
    for turn in 0...runs {
      for (tile, executable) in executables {
        if Task.isCancelled { throw .cancelled }
        let time = try await milliseconds(of: executable)
        // The first run packs weights and touches memory.
        if turn > 0 { least[tile] = min(least[tile] ?? .infinity, time) }
      }
    }
    return least
  }

  private func milliseconds(of executable: OpenCLExecutable) async throws(BackendError) -> Double {
    _ = try await backend.takeTimes()
    let outputs = try await executable.run(inputs, parameters)
    let times = try await backend.takeTimes()
    withExtendedLifetime(outputs) {}
    let nanoseconds = times.filter { !$0.kernel.hasPrefix("layout/") }
      .reduce(0) { $0 + $1.durationNanoseconds }
    return Double(nanoseconds) / 1e6
  }

  private static func text(_ value: Double) -> String {
    guard value.isFinite, value > 0 else { return value == 0 ? "0" : "infinite" }
    var (mantissa, exponent) = (value, 0)
    while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    while mantissa >= 9.95 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    let tenths = Int((mantissa * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)e\(exponent)"
  }
}

extension BackendError {
  /// Why a kernel cannot be used; nil where the error is not the kernel's.
  var refusal: String? {
    switch self {
    case .kernel(_, let log):
      "does not build: \(log.drop(while: \.isWhitespace).prefix { !$0.isNewline })"
    case .launch(_, let reason), .outOfMemory(let reason): "cannot run: \(reason)"
    case .unavailable, .unsupported, .mismatch, .weights, .device, .cancelled: nil
    }
  }
}

/// Numbers of both signs, none near zero, the same every time: a product that is left out shows.
private struct Noise {
  private var state: UInt64 = 0x9e37_79b9_7f4a_7c15

  mutating func tensor(_ shape: Shape) -> HostTensor<Float> {
    HostTensor(shape) { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let number = Float(Int32(truncatingIfNeeded: state >> 33)) / Float(1 << 30) - 1
      return number < 0 ? number * 0.75 - 0.25 : number * 0.75 + 0.25
    }
  }
}

extension Graph {
  /// Whether a batch normalisation divides by the root of a value.
  fileprivate func isVariance(_ value: Value) -> Bool {
    consumers(of: value).contains { $0.operation is BatchNorm && $0.inputs[4] == value }
  }
}
