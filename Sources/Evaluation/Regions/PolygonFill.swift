/// The pixels of a polygon, as COCO's own tools choose them.
///
/// The outline is walked on a grid five times as fine; a coordinate p is the point ⌊5p + ½⌋. Where
/// the walk passes the middle of a column of pixels, the column changes from outside to inside, or
/// back, below that place: at row ⌈(v + ½)/5 − ½⌉, v being the upper of the two points of the step.
public enum PolygonFill {
  /// The most that filling may take for one object, in steps and pixels.
  private static let workMaximum = 1 << 30

  /// The pixels of polygons together.
  /// - Parameters:
  ///   - polygons: x, y, x, y, ... of each, in pixels; the last corner is joined with the first.
  ///   - width: the columns of the picture.
  ///   - height: its rows.
  /// - Returns: the pixels, none where they lie outside.
  /// - Throws: `RegionError` where one has fewer than three corners or lies far outside.
  public static func mask(
    _ polygons: [[Double]], width: Int, height: Int
  ) throws(RegionError) -> PixelMask {
    var mask = PixelMask(width: width, height: height)
    try add(polygons, to: &mask)
    return mask
  }

  /// Adds the pixels of polygons to those of a picture.
  /// - Throws: `RegionError` where one has fewer than three corners or lies far outside.
  static func add(_ polygons: [[Double]], to mask: inout PixelMask) throws(RegionError) {
    let (width, height) = (mask.width, mask.height)
    var work = 0
    for polygon in polygons {
      work += try fill(polygon, &mask.isInside, width, height, workMaximum - work)
    }
  }

  /// Adds the pixels of one polygon.
  /// - Returns: what that took.
  private static func fill(
    _ corners: [Double], _ isInside: inout [Bool], _ width: Int, _ height: Int, _ most: Int
  ) throws(RegionError) -> Int {
    guard corners.count >= 6, corners.count.isMultiple(of: 2) else {
      throw RegionError("a polygon of \(corners.count) numbers")
    }
    let points = try fine(corners, reach: Double(2 * (width + height)))
    var (left, right) = (Int.max, Int.min)
    for point in points { (left, right) = (min(left, point.u), max(right, point.u)) }
    // The columns whose middles the outline may pass.
    let columns = max(0, left / 5 - 1)..<max(0, left / 5 - 1, min(width, right / 5 + 1))
    var work = columns.count * (height + 1)
    for (place, start) in points.enumerated() {
      work += Line(start, points[(place + 1) % points.count]).length + 1
    }
    guard work <= most else { throw RegionError("polygons of too long outlines") }
    // Whether the column changes at a row; the last place of each is behind its last pixel.
    var changes = [Bool](repeating: false, count: columns.count * (height + 1))
    var before: (u: Int, v: Int)?
    for (place, start) in points.enumerated() {
      let line = Line(start, points[(place + 1) % points.count])
      for step in 0...line.length {
        let point = line.point(step)
        if let before, before.u != point.u {
          let middle = min(before.u, point.u) - 2
          if middle.isMultiple(of: 5), columns.contains(middle / 5), middle >= 0 {
            let row = row(min(before.v, point.v), height)
            changes[(middle / 5 - columns.lowerBound) * (height + 1) + row].toggle()
          }
        }
        before = point
      }
    }
    for column in columns {
      let first = (column - columns.lowerBound) * (height + 1)
      var state = false
      for row in 0..<height {
        if changes[first + row] { state.toggle() }
        if state { isInside[row * width + column] = true }
      }
    }
    return work
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
