import Saliency

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
  /// What is measured: metrics with an equal one share it.
  public let key: String
  /// Passes through the network.
  public var passes: Passes
  /// How often the method explains again.
  public var explanations: Int

  /// A cost.
  public init(_ key: String, passes: Passes = Passes(), explanations: Int = 0) {
    self.key = key
    self.passes = passes
    self.explanations = explanations
  }
}
