import Operators

/// The structural similarity of two maps, SSIM.
///
/// Z. Wang et al., Image quality assessment: from error visibility to structural similarity, 2004:
/// means, variances and covariance under a Gaussian of σ = 1.5 over 11x11 positions, variances and
/// covariance those of samples (factor 121/120), K1 = 0.01, K2 = 0.03, and the mean of
///
///     ((2 μx μy + C1) (2 σxy + C2)) / ((μx² + μy² + C1) (σx² + σy² + C2)),  Ci = (Ki R)²
///
/// over all positions that are at least 5 away from the border.
public enum StructuralSimilarity {
  /// The least side of a map.
  static let sideMinimum = 11
  private static let reach = 5

  /// How alike two maps are.
  /// - Parameters:
  ///   - first: `height * width` values in row-major order.
  ///   - second: as many.
  ///   - width: the columns.
  ///   - range: R, the span of values that a map may take.
  /// - Returns: the similarity, at most 1; nil where a side is shorter than `sideMinimum`.
  public static func value(
    _ first: [Double], _ second: [Double], width: Int, range: Double = 1
  ) -> Double? {
    precondition(first.count == second.count && width > 0, "maps of two sizes")
    let height = first.count / width
    guard min(width, height) >= sideMinimum else { return nil }
    let window = Window(width: width, height: height)
    let (meanX, meanY) = (window.mean(of: first), window.mean(of: second))
    let squareX = window.mean(of: zip(first, first).map(*))
    let squareY = window.mean(of: zip(second, second).map(*))
    let product = window.mean(of: zip(first, second).map(*))
    let sampled = 121.0 / 120
    let (c1, c2) = (0.01 * range * 0.01 * range, 0.03 * range * 0.03 * range)
    var sum = 0.0
    for place in meanX.indices {
      let (x, y) = (meanX[place], meanY[place])
      let varianceX = sampled * (squareX[place] - x * x)
      let varianceY = sampled * (squareY[place] - y * y)
      let covariance = sampled * (product[place] - x * y)
      sum +=
        (2 * x * y + c1) * (2 * covariance + c2)
        / ((x * x + y * y + c1) * (varianceX + varianceY + c2))
    }
    return sum / Double(meanX.count)
  }

  /// A Gaussian window at every position where all of it lies inside.
  private struct Window {
    let width: Int
    let height: Int
    let weights: [Double]

    init(width: Int, height: Int) {
      self.width = width
      self.height = height
      let bell = (-reach...reach).map { exponential(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
      let sum = bell.reduce(0, +)
      weights = bell.map { $0 / sum }
    }

    /// `(height − 10) * (width − 10)` means.
    func mean(of values: [Double]) -> [Double] {
      let (columns, rows) = (width - 2 * reach, height - 2 * reach)
      var across = [Double](repeating: 0, count: height * columns)
      for row in 0..<height {
        for column in 0..<columns {
          var sum = 0.0
          for (step, weight) in weights.enumerated() {
            sum += weight * values[row * width + column + step]
          }
          across[row * columns + column] = sum
        }
      }
      var means = [Double](repeating: 0, count: rows * columns)
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = 0.0
          for (step, weight) in weights.enumerated() {
            sum += weight * across[(row + step) * columns + column]
          }
          means[row * columns + column] = sum
        }
      }
      return means
    }
  }
}
