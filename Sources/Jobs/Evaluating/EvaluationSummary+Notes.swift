extension EvaluationSummary {
  /// Below so many images an interval of the bootstrap is itself unsure: it only knows the values that
  /// were drawn.
  private static let enoughImages = 20

  /// What to know of the intervals; nil where all are over enough images.
  public var smallSampleNote: String? {
    let counts = rows.map(\.values.imageCount).filter { $0 > 0 }
    guard let least = counts.min(), least < Self.enoughImages else { return nil }
    guard least > 1 else { return "one image has no interval: measure more" }
    return "intervals over \(least) images are a hint: measure \(Self.enoughImages) or more"
  }
}
