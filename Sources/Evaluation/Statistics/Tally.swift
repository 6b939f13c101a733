/// A number that a map adds to one of the sums that a data set's value is made of.
public struct Term: Sendable, Hashable {
  /// Which sum, from 0.
  public let slot: Int
  /// The number, finite.
  public let value: Double

  /// A number for a sum.
  public init(_ slot: Int, _ value: Double) {
    self.slot = slot
    self.value = value
  }
}

/// The sums that a data set's value is made of.
public struct Sums: Sendable, Hashable {
  fileprivate(set) var values: [Double]

  /// How many sums there are; those behind them are 0.
  public var count: Int { values.count }

  /// A sum; 0 where nothing was added to it.
  public subscript(slot: Int) -> Double { values.indices.contains(slot) ? values[slot] : 0 }
}

/// What the maps of one image under one metric come to: few numbers, however many maps.
public struct Tally: Sendable, Hashable {
  /// What they add to the sums, a term for each.
  public private(set) var terms: [Term] = []
  /// The maps that were measured.
  public private(set) var count = 0
  /// Those of them that have one value everywhere.
  public private(set) var degenerate = 0
  /// The maps that the metric passed over by its own rule.
  public private(set) var skipped = 0
  /// The maps that could not be measured.
  public private(set) var failed = 0

  /// An image without maps.
  public init() {}

  /// The maps of an image.
  public init(_ measurements: [Measurement], of metric: some Metric) {
    for measurement in measurements { add(measurement, of: metric) }
  }

  /// Adds a map.
  public mutating func add(_ measurement: Measurement, of metric: some Metric) {
    guard measurement.value != nil else {
      if measurement.isFailed { failed += 1 } else { skipped += 1 }
      return
    }
    count += 1
    if measurement.isDegenerate { degenerate += 1 }
    for term in metric.terms(of: measurement) {
      if let place = terms.firstIndex(where: { $0.slot == term.slot }) {
        terms[place] = Term(term.slot, terms[place].value + term.value)
      } else {
        terms.append(term)
      }
    }
  }
}

/// The terms of images side by side, to be added up for thousands of samples.
struct TallyTable {
  private var starts = [0]
  private var terms: [Term] = []
  private var slotCount = 0

  init(_ tallies: [Tally]) {
    for tally in tallies {
      terms += tally.terms
      starts.append(terms.count)
      slotCount = max(slotCount, (tally.terms.map(\.slot).max() ?? -1) + 1)
    }
  }

  /// The sums over images by their places, in this order.
  func sums(_ places: [Int]) -> Sums {
    var sums = [Double](repeating: 0, count: slotCount)
    for place in places {
      for term in terms[starts[place]..<starts[place + 1]] { sums[term.slot] += term.value }
    }
    return Sums(values: sums)
  }
}
