/// Sums over rectangles of a map, in double precision.
struct SummedArea {
  private let sums: [Double]
  private let width: Int

  /// A map of `height * width` values in row-major order.
  init(_ map: [Double], height: Int, width: Int) {
    var sums = [Double](repeating: 0, count: (height + 1) * (width + 1))
    for y in 0..<height {
      var row = 0.0
      for x in 0..<width {
        row += map[y * width + x]
        sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row
      }
    }
    self.sums = sums
    self.width = width + 1
  }

  /// The sum over rows and columns that lie inside of the map.
  func sum(_ rows: Range<Int>, _ columns: Range<Int>) -> Double {
    sums[rows.upperBound * width + columns.upperBound]
      - sums[rows.lowerBound * width + columns.upperBound]
      - sums[rows.upperBound * width + columns.lowerBound]
      + sums[rows.lowerBound * width + columns.lowerBound]
  }
}
