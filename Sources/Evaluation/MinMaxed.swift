extension [Double] {
  /// The values min-maxed to [0, 1]; zeros where all are equal.
  var minMaxed: [Double] {
    guard let low = self.min(), let high = self.max(), high > low else { return map { _ in 0 } }
    return map { ($0 - low) / (high - low) }
  }
}
