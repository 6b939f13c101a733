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

  /// The value, finite; nil where the subject is passed over or could not be measured.
  public var value: Double?
  /// Why there is no value, or what its reader must know.
  public var reason: String?
  /// Whether something is damaged or not finite, so that there is no value; else a subject without one
  /// is passed over by a rule of the metric.
  public private(set) var isFailed = false
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

  /// What could not be measured, and why.
  public init(failed reason: String, isDegenerate: Bool = false) {
    self.init(nil, reason: reason, isDegenerate: isDegenerate)
    isFailed = true
  }

  /// A measurement of numbers that may not be finite: then it failed, and the reason says so.
  init(
    finite value: Double, reason: String? = nil, isDegenerate: Bool, parts: [Part] = [],
    curves: [Curve] = []
  ) {
    let isFinite =
      value.isFinite && parts.allSatisfy { $0.value.isFinite }
      && curves.allSatisfy { $0.values.allSatisfy(\.isFinite) }
    guard isFinite else {
      self.init(
        failed: "the network gives NaN or infinity for a changed image",
        isDegenerate: isDegenerate)
      return
    }
    self.init(value, reason: reason, isDegenerate: isDegenerate, parts: parts, curves: curves)
  }

  /// A part by its name; nil where there is none.
  public func part(_ name: String) -> Double? { parts.first { $0.name == name }?.value }
}
