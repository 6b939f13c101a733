import Execution
import Jobs
import KernelLibrary
import OpenCLBackend
import OpenCLRuntime
import OperatorCases
import Saliency
import Tensors

/// Checks the kernels of a device against the reference.
public struct Verification: Sendable {
  /// How much is checked.
  public enum Level: String, Sendable, CaseIterable {
    /// A few cases of each operator.
    case quick
    /// Every case.
    case full
  }

  /// Which kernels are checked.
  public enum Family: String, Sendable, CaseIterable {
    /// Those for CPUs.
    case cpu
    /// Those for GPUs.
    case gpu
    /// Both.
    case all
  }

  /// A case that failed, with everything needed to look at it.
  public struct Failed: Sendable {
    /// The operator, variant and title, fit for a file name.
    public let name: String
    /// The inputs of the case.
    public let inputs: [HostTensor<Float>]
    /// Every output with its truth.
    public let outputs: [(found: HostTensor<Float>, expected: HostTensor<Float>)]
  }

  /// Checks names of operators or fused patterns.
  /// - Throws: `Failure` that names the nearest of the first one that is unknown.
  public static func checkOperators(_ names: [String]) throws(Failure) {
    let known = OperatorCaseCatalogue.operatorNames
    for name in names where !known.contains(name) {
      throw Failure(
        .usage, "--op \(name)", "no such operator",
        try: Spelling.question(name, known) ?? "salient verify --level quick lists them")
    }
  }

  private let backends: [(suffix: String, backend: OpenCLBackend)]
  private let cases: [OperatorCase]
  private let level: Level
  /// The report before anything was checked.
  public let blank: VerificationReport

  /// A check.
  /// - Parameters:
  ///   - device: what to check; any but the reference.
  ///   - operators: names of operators or patterns; empty for all.
  ///   - family: which kernels; nil for those of the device.
  ///   - level: how much.
  /// - Throws: `Failure` where there is no such device or operator.
  public init(
    _ device: DeviceInUse, operators: [String] = [], family: Family? = nil, level: Level = .full
  ) throws(Failure) {
    let backend = try Self.openCL(device)
    let known = OperatorCaseCatalogue.operatorNames
    try Self.checkOperators(operators)
    backends = Self.backends(backend, family)
    let engines = backends.map(\.backend)
    self.level = level
    cases = known.filter { operators.isEmpty || operators.contains($0) }.flatMap { name in
      let all = OperatorCaseCatalogue.cases(of: name)
      return level == .full ? all : QuickLevel.fewest(of: all, on: engines)
    }
    blank = VerificationReport(
      device: device.name, driver: device.driver ?? "", kernelHash: device.kernelHash ?? "",
      replacedKernelCount: device.replacedKernelCount,
      subject: level.rawValue)
  }

  private static func backends(
    _ own: OpenCLBackend, _ family: Family?
  ) -> [(suffix: String, backend: OpenCLBackend)] {
    func other(_ family: DeviceTraits.Family) -> OpenCLBackend {
      var traits = own.traits
      traits.family = family
      return OpenCLBackend(queue: own.queue, traits: traits)
    }
    switch family {
    case nil: return [("", own)]
    case .cpu: return [("", other(.cpu))]
    case .gpu: return [("", other(.gpu))]
    case .all: return [(" (cpu)", other(.cpu)), (" (gpu)", other(.gpu))]
    }
  }

  /// Checks everything.
  /// - Parameters:
  ///   - report: called for every row when its operator is done.
  ///   - keep: called for every case that failed.
  /// - Returns: the rows in the order of operators.
  /// - Throws: `Failure` where the device cannot go on.
  public func run(
    report: (VerificationRow) -> Void, keep: (Failed) throws(Failure) -> Void
  ) async throws(Failure) -> VerificationReport {
    var result = blank
    var names: [String] = []
    for item in cases where names.last != item.operatorName { names.append(item.operatorName) }
    for name in names {
      for (suffix, backend) in backends {
        var rows: [VerificationRow] = []
        for item in cases where item.operatorName == name {
          try await check(item, backend, suffix, &rows, keep)
        }
        rows.forEach(report)
        result.rows += rows
      }
    }
    return result
  }

  private func check(
    _ item: OperatorCase, _ backend: OpenCLBackend, _ suffix: String,
    _ rows: inout [VerificationRow], _ keep: (Failed) throws(Failure) -> Void
  ) async throws(Failure) {
    guard !Task.isCancelled else { throw Failure(.interrupted, "", "interrupted") }
    let outcomes: [CaseOutcome]
    do throws(BackendError) {
      outcomes = try await CaseCheck(backend: backend).outcomes(
        of: item,
        except: level == .full
          ? [] : QuickLevel.known(item, among: cases, rows, suffix: suffix))
    } catch {
      throw Failure(error, device: blank.device)
    }
    for outcome in outcomes {
      let variant = outcome.variant + suffix
      if !rows.contains(where: { $0.variant == variant }) {
        rows.append(VerificationRow(operatorName: outcome.operatorName, variant: variant))
      }
      guard let place = rows.firstIndex(where: { $0.variant == variant }) else { continue }
      rows[place].add(outcome)
      if !outcome.faults.isEmpty {
        try keep(
          Failed(
            name: "\(outcome.operatorName).\(variant).\(outcome.title)", inputs: item.inputs,
            outputs: outcome.outputs))
      }
    }
  }
}

/// The errors of the elements of some outputs: the worst ones, and how many lie in each decade.
enum ErrorTable {
  /// At most so many elements are named.
  static let mostElements = 5

  static func read(
    _ outputs: [(found: HostTensor<Float>, expected: HostTensor<Float>)]
  ) -> (worst: [VerificationRow.Element], histogram: [Int]) {
    var histogram = [Int](repeating: 0, count: VerificationRow.decades.count + 1)
    var worst: [(error: Double, element: VerificationRow.Element)] = []
    for (found, expected) in outputs {
      let magnitude = expected.elements.reduce(0.0) { $1.isFinite ? max($0, abs(Double($1))) : $0 }
      for index in found.elements.indices {
        let error = error(found[index], expected[index], magnitude > 0 ? magnitude : 1)
        let decade = VerificationRow.decades.firstIndex { error < $0 }
        histogram[decade ?? VerificationRow.decades.count] += 1
        guard error > 0, worst.count < mostElements || error > (worst.last?.error ?? 0) else {
          continue
        }
        let element = VerificationRow.Element(
          position: position(index, found.shape), found: found[index], expected: expected[index])
        worst.append((error, element))
        worst.sort { $0.error > $1.error }
        if worst.count > mostElements { worst.removeLast() }
      }
    }
    return (worst.map(\.element), histogram)
  }

  private static func error(_ found: Float, _ expected: Float, _ magnitude: Double) -> Double {
    if found == expected || (found.isNaN && expected.isNaN) { return 0 }
    let distance = abs(Double(found) - Double(expected)) / magnitude
    return distance.isNaN ? .infinity : distance
  }

  private static func position(_ index: Int, _ shape: Shape) -> [Int] {
    var rest = index
    return shape.strides.map { stride in
      defer { rest %= max(1, stride) }
      return rest / max(1, stride)
    }
  }
}
