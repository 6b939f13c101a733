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

  /// What the measurement of one map costs; what several metrics read has one key and is made once.
  func costs(_ network: Graph) -> [MetricCost]

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

  /// What a map that was measured adds to the sums that a data set's value is made of.
  func terms(of measurement: Measurement) -> [Term]

  /// The value of a data set; nil where nothing counts.
  func value(of sums: Sums) -> Double?

  /// The value of images that were drawn from a sample, with replacement; nil where nothing counts.
  func value(of sums: Sums, drawnFrom sample: Sums) -> Double?
}

extension Metric {
  /// The metric's own name.
  public static var family: String { name }

  /// Any network and any map will do.
  public func obstacle(_ maker: Maker?, in network: Graph) -> String? { nil }

  /// Nothing.
  public func costs(_ network: Graph) -> [MetricCost] { [] }

  /// Each map speaks for itself.
  public func compared(_ methods: [[Measurement]]) -> [[Measurement]] { methods }

  /// The value, and one.
  public func terms(of measurement: Measurement) -> [Term] {
    [Term(0, measurement.value ?? 0), Term(1, 1)]
  }

  /// The mean.
  public func value(of sums: Sums) -> Double? { sums[1] > 0 ? sums[0] / sums[1] : nil }

  /// That of any images.
  public func value(of sums: Sums, drawnFrom sample: Sums) -> Double? { value(of: sums) }

  /// The value of a data set of these measurements; nil where nothing counts.
  public func summary(of measurements: [Measurement]) -> Double? {
    let table = TallyTable([Tally(measurements, of: self)])
    return value(of: table.sums([0]))
  }
}
