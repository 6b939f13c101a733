import Jobs

/// What was found about one variant of an operator or fused step.
public struct VerificationRow: Sendable, Hashable {
  /// A case, and how far its outputs are from the truth.
  public struct Case: Sendable, Hashable {
    /// What is awkward about it.
    public var title: String
    /// The worst normalised error.
    public var error: Double
    /// Its limit.
    public var limit: Double
    /// What does not hold; empty where everything does.
    public var faults: [String]
    /// The elements that are furthest off, worst first.
    public var worstElements: [Element]

    /// A case.
    public init(
      title: String, error: Double, limit: Double, faults: [String],
      worstElements: [Element] = []
    ) {
      self.title = title
      self.error = error
      self.limit = limit
      self.faults = faults
      self.worstElements = worstElements
    }
  }

  /// An element of an output that is off.
  public struct Element: Sendable, Hashable {
    /// Its position.
    public var position: [Int]
    /// What the device computed.
    public var found: Float
    /// What the reference computed.
    public var expected: Float

    /// An element.
    public init(position: [Int], found: Float, expected: Float) {
      self.position = position
      self.found = found
      self.expected = expected
    }
  }

  /// The operator or fused step.
  public let operatorName: String
  /// The variant of its kernel; `gradient` for the derived backward graph.
  public let variant: String
  /// The cases, worst first.
  public private(set) var cases: [Case]
  /// How many elements have an error in each decade; the last count is of those above all.
  public private(set) var histogram: [Int]

  /// A row without cases.
  public init(operatorName: String, variant: String) {
    self.operatorName = operatorName
    self.variant = variant
    cases = []
    histogram = [Int](repeating: 0, count: Self.decades.count + 1)
  }

  /// The upper ends of the decades of the histogram.
  public static let decades: [Double] = [1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1]

  /// Adds a case with the normalised errors of its elements, as a histogram.
  public mutating func add(_ item: Case, histogram counts: [Int]) {
    for (place, count) in counts.enumerated() where histogram.indices.contains(place) {
      histogram[place] += count
    }
    cases.append(item)
    cases.sort { Self.severity($0) > Self.severity($1) }
  }

  /// The worst case: one with faults first, then the one nearest to its limit.
  public var worst: Case? { cases.first }

  /// Whether everything holds for every case.
  public var passed: Bool { cases.allSatisfy { $0.faults.isEmpty } }

  private static func severity(_ item: Case) -> Double {
    if !item.faults.isEmpty { return .infinity }
    return item.limit > 0 ? item.error / item.limit : item.error
  }
}

/// A check of a device: all rows, and where they were found.
public struct VerificationReport: Sendable, Hashable {
  /// The name of the device.
  public var device: String
  /// The driver and its version.
  public var driver: String
  /// The hash of the kernels, 64-bit FNV-1a.
  public var kernelHash: String
  /// How many kernel files a folder of the user replaces.
  public var replacedKernelCount: Int
  /// What was checked: `quick`, `full`, or a model's file.
  public var subject: String
  /// The rows, in the order of operators.
  public var rows: [VerificationRow]

  /// A report.
  public init(
    device: String, driver: String, kernelHash: String, replacedKernelCount: Int = 0,
    subject: String, rows: [VerificationRow] = []
  ) {
    self.device = device
    self.driver = driver
    self.kernelHash = kernelHash
    self.replacedKernelCount = replacedKernelCount
    self.subject = subject
    self.rows = rows
  }

  /// Whether everything holds.
  public var passed: Bool { rows.allSatisfy(\.passed) }

  /// The number of cases of all rows.
  public var caseCount: Int { rows.reduce(0) { $0 + $1.cases.count } }

  /// The first row that does not hold; with a model, the first step that deviates.
  public var firstFailure: VerificationRow? { rows.first { !$0.passed } }

  /// `212 rows, 3,100 cases, 0 failed; device, driver, kernels hash (1 file replaced)`.
  public var totals: String {
    let failed = rows.filter { !$0.passed }.count
    let count = replacedKernelCount
    return "\(rows.count) rows, \(caseCount) cases, \(failed) failed; "
      + "\(device), driver \(driver), kernels \(kernelHash)"
      + (count > 0 ? " (\(Quantity.count(count, "file")) replaced)" : "")
  }
}
