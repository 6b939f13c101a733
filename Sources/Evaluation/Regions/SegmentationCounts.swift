/// What a map and a mask have in common, in pixels.
struct SegmentationCounts: Sendable {
  /// The pixels that count.
  private(set) var labelled = 0
  /// Those of them on the right side.
  private(set) var correct = 0
  /// Those that are bright and of the object, and those that are either.
  private var (foregroundBoth, foregroundUnion) = (0, 0)
  /// Those that are dark and of the rest, and those that are either.
  private var (backgroundBoth, backgroundUnion) = (0, 0)
  /// The average precision, in [0, 1].
  private let precision: Double

  /// Counts the pixels that a map covers and that are not to be ignored.
  init(_ evidence: EvidenceMap, _ region: PixelMask, ignoring: PixelMask?, isPooled: Bool) {
    let unit = evidence.unitValues
    var places: [Int] = []
    var sum = 0.0
    var count = 0
    for row in evidence.rows {
      for column in evidence.columns {
        let place = row * evidence.width + column
        sum += unit[place]
        count += 1
        if ignoring?.isInside[place] != true || region.isInside[place] { places.append(place) }
      }
    }
    let mean = sum / Double(max(count, 1))
    for place in places {
      let (found, isThere) = (unit[place] > mean, region.isInside[place])
      if found == isThere { correct += 1 }
      if found, isThere { foregroundBoth += 1 }
      if found || isThere { foregroundUnion += 1 }
      if !found, !isThere { backgroundBoth += 1 }
      if !found || !isThere { backgroundUnion += 1 }
    }
    labelled = places.count
    let scores = places.map { unit[$0] }
    let labels = places.map { region.isInside[$0] }
    let (others, rest) = (scores.map { 1 - $0 }, labels.map { !$0 })
    precision =
      isPooled
      ? AveragePrecision.value(scores + others, labels + rest)
      : (AveragePrecision.value(scores, labels) + AveragePrecision.value(others, rest)) / 2
  }

  /// The counts by name.
  var parts: [Measurement.Part] {
    [
      .init("labelled", Double(labelled)), .init("correct", Double(correct)),
      .init("foreground-both", Double(foregroundBoth)),
      .init("foreground-union", Double(foregroundUnion)),
      .init("background-both", Double(backgroundBoth)),
      .init("background-union", Double(backgroundUnion)), .init("ap", precision),
    ]
  }
}

/// The average precision of scores: Σ (R_n − R_{n−1}) · P_n over falling thresholds.
public enum AveragePrecision {
  /// The precision, 0...1; equal scores are one threshold; 0 where no label is true.
  public static func value(_ scores: [Double], _ labels: [Bool]) -> Double {
    precondition(scores.count == labels.count, "\(scores.count) scores, \(labels.count) labels")
    let positives = labels.count { $0 }
    guard positives > 0 else { return 0 }
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    var (found, seen, sum) = (0, 0, 0.0)
    while seen < order.count {
      let threshold = scores[order[seen]]
      let before = found
      // At least one, whatever it compares with.
      repeat {
        if labels[order[seen]] { found += 1 }
        seen += 1
      } while seen < order.count && scores[order[seen]] == threshold
      sum += Double(found - before) / Double(positives) * (Double(found) / Double(seen))
    }
    return sum
  }
}
