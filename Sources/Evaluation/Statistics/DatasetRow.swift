/// What a metric says of the maps of one kind over a whole data set.
public struct DatasetRow: Sendable, Hashable {
  /// The value; nil where nothing was measured.
  public let value: Double?
  /// Its interval; nil where fewer than two images were measured, which vary by nothing.
  public let interval: Interval?
  /// How many images were measured.
  public let imageCount: Int
  /// How many maps were measured.
  public let count: Int
  /// How many of them have one value everywhere.
  public let degenerate: Int
  /// How many maps the metric passed over.
  public let skipped: Int
  /// How many maps could not be measured; an image of which no map is known counts as one.
  public let failed: Int
  /// Whether each image was measured, and the value of each repetition of the bootstrap.
  fileprivate let images: [Bool]
  fileprivate let samples: [Double?]
  fileprivate let tallies: [Tally]

  /// The row of a data set.
  /// - Parameters:
  ///   - tallies: what the maps of each image come to.
  ///   - metric: how they become one value.
  ///   - bootstrap: how the interval is made.
  public init(_ tallies: [Tally], of metric: some Metric, _ bootstrap: Bootstrap) {
    self.tallies = tallies
    count = tallies.reduce(0) { $0 + $1.count }
    degenerate = tallies.reduce(0) { $0 + $1.degenerate }
    skipped = tallies.reduce(0) { $0 + $1.skipped }
    failed = tallies.reduce(0) { $0 + ($1 == Tally() ? 1 : $1.failed) }
    images = tallies.map { $0.count > 0 }
    let table = TallyTable(tallies.filter { $0.count > 0 })
    let measured = images.count { $0 }
    let sample = table.sums(Array(0..<measured))
    imageCount = measured
    value = count > 0 ? metric.value(of: sample) : nil
    samples = bootstrap.samples(of: measured) {
      metric.value(of: table.sums($0), drawnFrom: sample)
    }
    interval = measured > 1 ? bootstrap.interval(of: samples) : nil
  }
}

/// How much two kinds of maps differ on the same images.
public struct PairedRow: Sendable, Hashable {
  /// The value of the first less that of the second.
  public let difference: Double
  /// Its interval; nil where both were measured on fewer than two images.
  public let interval: Interval?
  /// The images that both were measured on.
  public let count: Int

  /// The difference on the images that both have measurements of; nil where there are none.
  ///
  /// Where both were measured on the same images, as is usual, the repetitions of both rows serve.
  /// - Parameters:
  ///   - first: the row of one kind.
  ///   - second: that of another, over the same images in the same order.
  ///   - metric: how tallies become one value.
  ///   - bootstrap: how the interval is made.
  public init?(
    _ first: DatasetRow, _ second: DatasetRow, of metric: some Metric, _ bootstrap: Bootstrap
  ) {
    precondition(first.images.count == second.images.count, "images of two sets")
    var (first, second) = (first, second)
    if first.images != second.images {
      let both = zip(first.images, second.images).map { $0 && $1 }
      func restricted(_ row: DatasetRow) -> DatasetRow {
        DatasetRow(zip(row.tallies, both).map { $1 ? $0 : Tally() }, of: metric, bootstrap)
      }
      (first, second) = (restricted(first), restricted(second))
    }
    guard let a = first.value, let b = second.value else { return nil }
    difference = a - b
    count = first.imageCount
    guard count > 1 else {
      interval = nil
      return
    }
    interval = bootstrap.interval(
      of: zip(first.samples, second.samples).map { a, b in
        guard let a, let b else { return nil }
        return a - b
      })
  }
}
