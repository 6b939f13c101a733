/// The pixels of a polygon, as COCO's own tools choose them.
///
/// The outline is walked on a grid five times as fine; a coordinate p is the point ⌊5p + ½⌋. Where
/// the walk passes the middle of a column of pixels, the column changes from outside to inside, or
/// back, below that place: at row ⌈(v + ½)/5 − ½⌉, v being the upper of the two points of the step.
public enum PolygonFill {
  /// The most steps of a walk around an outline.
  private static let stepsMaximum = 1 << 26

  /// The pixels of one polygon.
  /// - Parameters:
  ///   - corners: x, y, x, y, ..., in pixels; the last is joined with the first.
  ///   - width: the columns of the picture.
  ///   - height: its rows.
  /// - Returns: the pixels, none where it lies outside.
  /// - Throws: `RegionError` where it has fewer than three corners or lies far outside.
  public static func mask(
    _ corners: [Double], width: Int, height: Int
  ) throws(RegionError) -> PixelMask {
    guard corners.count >= 6, corners.count.isMultiple(of: 2) else {
      throw RegionError("a polygon of \(corners.count) numbers")
    }
    let points = try fine(corners, reach: Double(2 * (width + height)))
    // Whether the column changes at a row; the last place of each is behind its last pixel.
    var changes = [Bool](repeating: false, count: width * (height + 1))
    var steps = 0
    var before: (u: Int, v: Int)?
    for (place, start) in points.enumerated() {
      let end = points[(place + 1) % points.count]
      let line = Line(start, end)
      steps += line.length + 1
      guard steps <= stepsMaximum else { throw RegionError("a polygon of too long an outline") }
      for step in 0...line.length {
        let point = line.point(step)
        if let before, before.u != point.u {
          let middle = min(before.u, point.u) - 2
          if middle >= 0, middle.isMultiple(of: 5), middle / 5 < width {
            let row = row(min(before.v, point.v), height)
            changes[middle / 5 * (height + 1) + row].toggle()
          }
        }
        before = point
      }
    }
    var isInside = [Bool](repeating: false, count: width * height)
    for column in 0..<width {
      var state = false
      for row in 0..<height {
        if changes[column * (height + 1) + row] { state.toggle() }
        isInside[row * width + column] = state
      }
    }
    return PixelMask(width: width, height: height, isInside)
  }

  /// The first row below a place: ⌈(v + ½)/5 − ½⌉, from 0 to all rows.
  private static func row(_ v: Int, _ height: Int) -> Int {
    let place = (Double(v) + 0.5) / 5 - 0.5
    return Int(min(max(place, 0), Double(height)).rounded(.up))
  }

  private static func fine(
    _ corners: [Double], reach: Double
  ) throws(RegionError) -> [(u: Int, v: Int)] {
    var points: [(u: Int, v: Int)] = []
    points.reserveCapacity(corners.count / 2)
    for place in stride(from: 0, to: corners.count, by: 2) {
      let (x, y) = (corners[place], corners[place + 1])
      guard abs(x) <= reach, abs(y) <= reach else {
        throw RegionError("a polygon with a corner far outside of the picture")
      }
      // Towards zero, as a conversion to a whole number does.
      points.append((Int(5 * x + 0.5), Int(5 * y + 0.5)))
    }
    return points
  }

  /// The points from one to another, one for each step of the longer of the two ways.
  ///
  /// The shorter way is computed from the end with the smaller coordinate on, so that a line is the
  /// same in both directions.
  private struct Line {
    let length: Int
    private let start: (u: Int, v: Int)
    private let isSteep: Bool
    private let isTurned: Bool
    private let slope: Double

    init(_ first: (u: Int, v: Int), _ last: (u: Int, v: Int)) {
      let (run, rise) = (abs(last.u - first.u), abs(last.v - first.v))
      isSteep = run < rise
      isTurned = isSteep ? first.v > last.v : first.u > last.u
      let (start, end) = isTurned ? (last, first) : (first, last)
      self.start = start
      length = max(run, rise)
      let way = isSteep ? end.u - start.u : end.v - start.v
      slope = length > 0 ? Double(way) / Double(length) : 0
    }

    func point(_ step: Int) -> (u: Int, v: Int) {
      let step = isTurned ? length - step : step
      let origin = Double(isSteep ? start.u : start.v)
      let aside = Int(origin + slope * Double(step) + 0.5)
      return isSteep ? (aside, start.v + step) : (start.u + step, aside)
    }
  }
}
