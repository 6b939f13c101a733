import Operators

/// Histograms of oriented gradients, HOG, and how alike those of two maps are.
///
/// N. Dalal, B. Triggs, Histograms of oriented gradients for human detection, 2005: differences of
/// the neighbours on both sides, zero at the border; the angle without its sign in 9 bins of 20
/// degrees, each position to one bin by its magnitude; cells of 16x16 positions, the mean over the
/// cell; blocks of 3x3 cells one cell apart; each block divided by its length, clipped at 0.2 and
/// divided again (L2-Hys, ε = 1e-5).
public enum OrientedGradients {
  /// The least side of a map that has a block.
  static let sideMinimum = 48
  private static let cell = 16
  private static let block = 3
  private static let bins = 9

  /// How alike the gradients of two maps are: Spearman's correlation of the two vectors.
  /// - Parameters:
  ///   - first: `height * width` values in row-major order.
  ///   - second: as many.
  ///   - width: the columns.
  /// - Returns: the correlation, -1...1; nil where a side is shorter than `sideMinimum`.
  public static func similarity(_ first: [Double], _ second: [Double], width: Int) -> Double? {
    precondition(first.count == second.count && width > 0, "maps of two sizes")
    guard let a = ranks(of: first, width: width), let b = ranks(of: second, width: width) else {
      return nil
    }
    return Correlation.pearson(a, b) ?? 0
  }

  /// The ranks of a map's vector, from 1; what is equal but for rounding shares a rank.
  static func ranks(of values: [Double], width: Int) -> [Double]? {
    vector(of: values, width: width).map { vector in
      RankCorrelation.ranks(vector.map { Double(Float($0)) })
    }
  }

  /// The blocks in raster order, in each the cells in raster order, in each the bins.
  public static func vector(of values: [Double], width: Int) -> [Double]? {
    let height = values.count / width
    guard min(width, height) >= sideMinimum else { return nil }
    let (columns, rows) = (width / cell, height / cell)
    let histograms = histograms(values, width, columns: columns, rows: rows)
    var vector: [Double] = []
    for row in 0...rows - block {
      for column in 0...columns - block {
        var part: [Double] = []
        for cellRow in row..<row + block {
          let start = (cellRow * columns + column) * bins
          part += histograms[start..<start + block * bins]
        }
        vector += normalised(normalised(part).map { min($0, 0.2) })
      }
    }
    return vector
  }

  private static func normalised(_ part: [Double]) -> [Double] {
    let length = (part.reduce(0) { $0 + $1 * $1 } + 1e-10).squareRoot()
    return part.map { $0 / length }
  }

  private static func histograms(
    _ values: [Double], _ width: Int, columns: Int, rows: Int
  ) -> [Double] {
    let height = values.count / width
    var histograms = [Double](repeating: 0, count: columns * rows * bins)
    for row in 0..<rows * cell {
      for column in 0..<columns * cell {
        let place = row * width + column
        let isInner = (row > 0 && row < height - 1, column > 0 && column < width - 1)
        let down = isInner.0 ? values[place + width] - values[place - width] : 0
        let across = isInner.1 ? values[place + 1] - values[place - 1] : 0
        let magnitude = hypotenuse(across, down)
        guard magnitude > 0 else { continue }
        var degrees = angle(down, across) * (180 / Double.pi)
        if degrees < 0 { degrees += 180 }
        // What rounds up to half a turn belongs to none of the bins.
        guard degrees < 180 || down == 0 else { continue }
        let bin = degrees >= 180 ? 0 : Int(degrees / 20)
        histograms[(row / cell * columns + column / cell) * bins + bin] += magnitude
      }
    }
    return histograms.map { $0 / Double(cell * cell) }
  }
}
