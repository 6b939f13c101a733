/// Pearson's correlation of two lists, in double precision.
public enum Correlation {
  /// The correlation, -1...1; nil where one of the lists has one value everywhere.
  /// - Precondition: both are equally long.
  public static func pearson(_ first: [Double], _ second: [Double]) -> Double? {
    precondition(first.count == second.count, "lists of \(first.count) and \(second.count)")
    guard isVaried(first), isVaried(second) else { return nil }
    let (a, b) = (mean(first), mean(second))
    var (both, squares, others) = (0.0, 0.0, 0.0)
    for (x, y) in zip(first, second) {
      both += (x - a) * (y - b)
      squares += (x - a) * (x - a)
      others += (y - b) * (y - b)
    }
    let scale = (squares * others).squareRoot()
    return scale > 0 ? min(max(both / scale, -1), 1) : nil
  }

  private static func isVaried(_ values: [Double]) -> Bool {
    values.contains { $0 != values[0] }
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }
}
