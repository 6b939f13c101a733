import Operators

/// A range that a value of a data set lies in, with the confidence that it was made for.
public struct Interval: Sendable, Hashable {
  /// Its lower end.
  public let low: Double
  /// Its upper end.
  public let high: Double

  /// A range.
  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// Whether zero lies outside: the difference is one of more than chance.
  public var excludesZero: Bool { low > 0 || high < 0 }
}

/// Percentile intervals by resampling images.
///
/// B. Efron, Bootstrap methods: another look at the jackknife, 1979. A repetition draws as many
/// images as there are, with replacement; the interval reaches from the (1 − level)/2 to the
/// (1 + level)/2 quantile of the statistic over all repetitions. Draw i of repetition b of n images
/// is the whole number below n of element b·n + i of the stream `bootstrap`, so that metrics and
/// methods of the same images are resampled alike, and nothing depends on the order of the work.
public struct Bootstrap: Sendable, Hashable {
  /// The repetitions.
  public let repetitions: Int
  /// The confidence, in 0..<1.
  public let level: Double
  /// What decides the draws.
  public let seed: UInt64

  /// Intervals of so many repetitions.
  /// - Precondition: there is one at least, and the level lies in 0..<1.
  public init(repetitions: Int = 1000, level: Double = 0.95, seed: UInt64 = 0) {
    precondition(repetitions > 0 && (0..<1).contains(level), "\(repetitions) at \(level)")
    self.repetitions = repetitions
    self.level = level
    self.seed = seed
  }

  /// The images of one repetition, as places in `0..<count`.
  public func draw(_ repetition: Int, of count: Int) -> [Int] {
    let stream = Philox(seed: seed)
    let first = UInt64(repetition) * UInt64(count)
    var places: [Int] = []
    places.reserveCapacity(count)
    var words = SIMD4<UInt32>()
    for element in first..<first + UInt64(count) {
      let lane = Int(element % 4)
      if lane == 0 || places.isEmpty {
        words = stream.words(block: element / 4, stream: .bootstrap)
      }
      places.append(Int((UInt64(words[lane]) * UInt64(count)) >> 32))
    }
    return places
  }

  /// The interval of a statistic of images.
  /// - Parameters:
  ///   - count: how many images there are.
  ///   - statistic: its value for images by their places; nil where it has none for these.
  /// - Returns: the interval; nil where no repetition has a value.
  public func interval(of count: Int, _ statistic: ([Int]) -> Double?) -> Interval? {
    interval(of: samples(of: count, statistic))
  }

  /// A statistic of images, for each repetition; none where there are no images.
  func samples(of count: Int, _ statistic: ([Int]) -> Double?) -> [Double?] {
    guard count > 0, count <= Int(UInt32.max) else { return [] }
    return (0..<repetitions).map { statistic(draw($0, of: count)) }
  }

  /// The interval of the values of a statistic; nil where no repetition has one.
  func interval(of samples: [Double?]) -> Interval? {
    let values = samples.compactMap { $0 }.filter(\.isFinite).sorted()
    guard !values.isEmpty else { return nil }
    return Interval(
      low: Self.quantile((1 - level) / 2, of: values),
      high: Self.quantile((1 + level) / 2, of: values))
  }

  /// A quantile, linear between order statistics.
  private static func quantile(_ share: Double, of sorted: [Double]) -> Double {
    let place = share * Double(sorted.count - 1)
    let low = Int(place)
    let next = sorted[min(low + 1, sorted.count - 1)]
    return sorted[low] + (place - Double(low)) * (next - sorted[low])
  }
}
