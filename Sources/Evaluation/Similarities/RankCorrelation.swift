/// Spearman's rank correlation: Pearson's of the ranks, equal values sharing the mean of theirs.
public enum RankCorrelation {
  /// The correlation of two lists of equal length, -1...1; 0 where one of them is constant.
  public static func spearman(_ first: [Double], _ second: [Double]) -> Double {
    precondition(first.count == second.count, "lists of \(first.count) and \(second.count)")
    return Correlation.pearson(ranks(first), ranks(second)) ?? 0
  }

  /// Ranks from 1; equal values have the mean of the ranks that they take together.
  public static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      // The mean of start + 1 to end.
      let rank = Double(start + 1 + end) / 2
      for place in order[start..<end] { ranks[place] = rank }
      start = end
    }
    return ranks
  }
}
