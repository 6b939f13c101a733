/// What a metric says of the maps of one kind over a whole data set.
public struct DatasetRow: Sendable, Hashable {
  /// The value; nil where nothing was measured.
  public let value: Double?
  /// Its interval.
  public let interval: Interval?
  /// The maps that were measured.
  public let count: Int
  /// Those of them that have one value everywhere.
  public let degenerate: Int
  /// The maps that the metric passed over.
  public let skipped: Int

  /// The row of measurements.
  /// - Parameters:
  ///   - images: the measurements of each image.
  ///   - metric: how they become one value.
  ///   - bootstrap: how the interval is made.
  public init(_ images: [[Measurement]], of metric: some Metric, _ bootstrap: Bootstrap) {
    let all = images.flatMap(\.self)
    let measured = images.map { Self.counting($0) }.filter { !$0.isEmpty }
    count = measured.reduce(0) { $0 + $1.count }
    skipped = all.count - count
    degenerate = all.count { $0.value != nil && $0.isDegenerate }
    value = count > 0 ? metric.summary(of: measured.flatMap(\.self)) : nil
    let statistic = Self.statistic(measured, metric)
    interval = bootstrap.interval(of: measured.count, statistic)
  }

  /// The value for images by their places.
  static func statistic(
    _ images: [[Measurement]], _ metric: some Metric
  ) -> ([Int]) -> Double? {
    guard type(of: metric).isAverage else {
      return { places in metric.summary(of: places.flatMap { images[$0] }) }
    }
    let sums = images.map { $0.reduce(0) { $0 + ($1.value ?? 0) } }
    let counts = images.map { Double($0.count) }
    return { places in
      var (sum, count) = (0.0, 0.0)
      for place in places {
        sum += sums[place]
        count += counts[place]
      }
      return count > 0 ? sum / count : nil
    }
  }

  /// The measurements with a value, without what resampling does not read.
  static func counting(_ measurements: [Measurement]) -> [Measurement] {
    measurements.filter { $0.value != nil }.map { Measurement($0.value, parts: $0.parts) }
  }
}

/// How much two kinds of maps differ on the same images.
public struct PairedRow: Sendable, Hashable {
  /// The value of the first less that of the second.
  public let difference: Double
  /// Its interval.
  public let interval: Interval?
  /// The images that both were measured on.
  public let count: Int

  /// The difference on the images that both have measurements of; nil where there are none.
  /// - Parameters:
  ///   - first: the measurements of each image.
  ///   - second: those of the same images, in the same order.
  ///   - metric: how they become one value.
  ///   - bootstrap: how the interval is made.
  public init?(
    _ first: [[Measurement]], _ second: [[Measurement]], of metric: some Metric,
    _ bootstrap: Bootstrap
  ) {
    precondition(first.count == second.count, "images of two sets")
    let pairs = zip(first, second).map { (DatasetRow.counting($0), DatasetRow.counting($1)) }
      .filter { !$0.0.isEmpty && !$0.1.isEmpty }
    let statistics = (
      DatasetRow.statistic(pairs.map(\.0), metric), DatasetRow.statistic(pairs.map(\.1), metric)
    )
    let difference = { (places: [Int]) -> Double? in
      guard let a = statistics.0(places), let b = statistics.1(places) else { return nil }
      return a - b
    }
    guard let whole = difference(Array(pairs.indices)) else { return nil }
    self.difference = whole
    count = pairs.count
    interval = bootstrap.interval(of: pairs.count, difference)
  }
}
