import Execution
import Graphs
import Saliency

/// A metric, one test that a map can pass or fail by degrees: one file, one line in the catalogue.
public protocol Metric: Sendable {
  /// The metric's name on the command line, `insertion`.
  static var name: String { get }
  /// What stands before the names of its settings, `insertion-deletion`.
  ///
  /// Metrics that read the same passes have one family, declare the same settings and are set
  /// together.
  static var family: String { get }
  /// The paper, the equations used, and where this differs from them.
  static var citation: Citation { get }
  /// What can be set, with defaults.
  static var settings: [Setting] { get }
  /// Which of two values is better.
  static var direction: MetricDirection { get }
  /// What it asks for besides finished maps.
  static var needs: MetricNeeds { get }

  /// A metric with some settings changed from their defaults.
  /// - Throws: `SettingError` where a name or value is unknown or out of range.
  init(settings: [String: String]) throws(SettingError)

  /// Every setting with the value in force, in the order of `settings`.
  var resolvedSettings: [(name: String, value: String)] { get }

  /// What the measurement of one map costs, as if nothing were shared.
  func cost(_ network: Graph) -> MetricCost

  /// Why the metric cannot judge maps of this network, made so; nil where it can.
  /// - Parameters:
  ///   - maker: how the maps were made; nil where they were read from files.
  ///   - network: the network that was explained.
  /// - Returns: one line.
  func obstacle(_ maker: Maker?, in network: Graph) -> String?

  /// One measurement for each subject, in their order.
  ///
  /// The numbers of a subject do not depend on the others of the batch.
  /// - Throws: `ExplanationError` where the engine fails or the maps do not fit.
  func measure(
    _ subjects: Subjects, with probe: some Probe
  ) async throws(ExplanationError) -> [Measurement]

  /// What is left to be measured when the maps of all methods have been: the measurements of the
  /// same subjects for each method, in the same order.
  func compared(_ methods: [[Measurement]]) -> [[Measurement]]

  /// Whether the value of a data set is the mean of the values, so that parts of it can be added up.
  static var isAverage: Bool { get }

  /// The value of a whole data set; nil where nothing counts.
  func summary(of measurements: [Measurement]) -> Double?
}

extension Metric {
  /// The metric's own name.
  public static var family: String { name }

  /// Any network and any map will do.
  public func obstacle(_ maker: Maker?, in network: Graph) -> String? { nil }

  /// Each map speaks for itself.
  public func compared(_ methods: [[Measurement]]) -> [[Measurement]] { methods }

  /// It is the mean.
  public static var isAverage: Bool { true }

  /// The mean of the values there are.
  public func summary(of measurements: [Measurement]) -> Double? {
    let values = measurements.compactMap(\.value)
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}

/// Which of two values of a metric is better.
public enum MetricDirection: String, Sendable, Hashable {
  /// The lower.
  case lower
  /// The higher.
  case higher
}

/// What a metric asks for besides finished maps.
public struct MetricNeeds: OptionSet, Sendable, Hashable {
  /// The bits.
  public let rawValue: Int

  /// Needs of these bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The network and the images that were explained.
  public static let network = MetricNeeds(rawValue: 1)
  /// The method, to run it again; maps read from files will not do.
  public static let method = MetricNeeds(rawValue: 2)
  /// Where the objects are.
  public static let regions = MetricNeeds(rawValue: 4)
}

/// What a measurement costs: passes of the network, and of the method as a whole.
public struct MetricCost: Sendable, Hashable {
  /// Passes through the network.
  public var passes: Passes
  /// How often the method explains again.
  public var explanations: Int

  /// A cost.
  public init(passes: Passes = Passes(), explanations: Int = 0) {
    self.passes = passes
    self.explanations = explanations
  }
}

/// What one metric says of one map.
public struct Measurement: Sendable, Hashable {
  /// A named number that the value was made of.
  public struct Part: Sendable, Hashable {
    /// Its name, `drop`.
    public let name: String
    /// The number, finite.
    public let value: Double

    /// A part.
    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// A list of numbers that the value was made of.
  public struct Curve: Sendable, Hashable {
    /// Its name, `deletion`.
    public let name: String
    /// The numbers, finite, at even steps from the first to the last.
    public let values: [Double]

    /// A curve.
    public init(_ name: String, _ values: [Double]) {
      self.name = name
      self.values = values
    }
  }

  /// The value, finite; nil where the subject is passed over.
  public var value: Double?
  /// Why it is passed over, or what its reader must know.
  public var reason: String?
  /// Whether the map has one value everywhere and so says nothing; it counts all the same.
  public var isDegenerate: Bool
  /// What the value was made of.
  public var parts: [Part]
  /// What the value was made of, where that is lists.
  public var curves: [Curve]

  /// A measurement.
  public init(
    _ value: Double?, reason: String? = nil, isDegenerate: Bool = false, parts: [Part] = [],
    curves: [Curve] = []
  ) {
    self.value = value
    self.reason = reason
    self.isDegenerate = isDegenerate
    self.parts = parts
    self.curves = curves
  }

  /// A part by its name; nil where there is none.
  public func part(_ name: String) -> Double? { parts.first { $0.name == name }?.value }
}
