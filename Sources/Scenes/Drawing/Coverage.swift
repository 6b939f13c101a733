/// How much of each pixel a shape covers, in a rectangle of the picture.
struct Coverage: Sendable {
  /// The rectangle; it lies inside of the picture.
  let box: PixelBox
  /// Row-major, in [0, 1].
  var values: [Float]

  /// Sub-scanlines in a row of pixels; along a row the coverage is exact.
  private static let scanlines = 4

  /// The coverage of an outline given in pixels, clipped to a picture.
  init(_ outline: Outline, width: Int, height: Int) {
    var bounds = Bounds()
    for contour in outline.contours { for point in contour { bounds.add(point) } }
    box = bounds.pixels(width: width, height: height)
    values = [Float](repeating: 0, count: box.width * box.height)
    guard !values.isEmpty else { return }
    let edges = Self.edges(outline)
    var crossings: [(x: Double, winding: Int)] = []
    for row in 0..<box.height {
      for scanline in 0..<Self.scanlines {
        let y = Double(box.y + row) + (Double(scanline) + 0.5) / Double(Self.scanlines)
        crossings.removeAll(keepingCapacity: true)
        for edge in edges where edge.top <= y && y < edge.bottom {
          crossings.append((edge.x + (y - edge.y) * edge.slope, edge.winding))
        }
        crossings.sort { $0.x < $1.x }
        var winding = 0
        var start = 0.0
        for crossing in crossings {
          if winding == 0 { start = crossing.x }
          winding += crossing.winding
          if winding == 0 { add(row, start - Double(box.x), crossing.x - Double(box.x)) }
        }
      }
    }
  }

  private init(box: PixelBox) {
    self.box = box
    values = [Float](repeating: 0, count: box.width * box.height)
  }

  /// The value at a pixel of the picture; 0 outside of the rectangle.
  func value(_ x: Int, _ y: Int) -> Float {
    guard box.contains(x, y) else { return 0 }
    return values[(y - box.y) * box.width + x - box.x]
  }

  /// The shape grown by a number of pixels on all sides: the greatest value in a square window.
  func grown(by radius: Int, width: Int, height: Int) -> Coverage {
    guard radius > 0 else { return self }
    let (left, top) = (max(box.x - radius, 0), max(box.y - radius, 0))
    let (right, bottom) = (min(box.right + radius, width), min(box.bottom + radius, height))
    var grown = Coverage(box: PixelBox(x: left, y: top, width: right - left, height: bottom - top))
    for y in box.y..<box.bottom {
      for x in box.x..<box.right {
        let value = values[(y - box.y) * box.width + x - box.x]
        guard value > 0 else { continue }
        for row in max(y - radius, top)...min(y + radius, bottom - 1) {
          for column in max(x - radius, left)...min(x + radius, right - 1) {
            let place = (row - top) * grown.box.width + column - left
            if grown.values[place] < value { grown.values[place] = value }
          }
        }
      }
    }
    return grown
  }

  private struct Edge {
    let top, bottom, x, y, slope: Double
    let winding: Int
  }

  private static func edges(_ outline: Outline) -> [Edge] {
    outline.contours.flatMap { contour in
      contour.indices.compactMap { place -> Edge? in
        let (from, to) = (contour[place], contour[(place + 1) % contour.count])
        guard from.y != to.y else { return nil }
        return Edge(
          top: min(from.y, to.y), bottom: max(from.y, to.y), x: from.x, y: from.y,
          slope: (to.x - from.x) / (to.y - from.y), winding: from.y < to.y ? 1 : -1)
      }
    }
  }

  /// Adds a stretch of a scanline; places are relative to the rectangle.
  private mutating func add(_ row: Int, _ from: Double, _ to: Double) {
    let (from, to) = (max(from, 0), min(to, Double(box.width)))
    guard to > from else { return }
    let share = 1 / Float(Self.scanlines)
    let (first, last) = (Int(from), min(Int(to), box.width - 1))
    let start = row * box.width
    if first == last {
      values[start + first] += share * Float(to - from)
    } else {
      values[start + first] += share * Float(Double(first + 1) - from)
      for x in first + 1..<max(last, first + 1) { values[start + x] += share }
      values[start + last] += share * Float(to - Double(last))
    }
  }
}

/// The smallest rectangle around points.
struct Bounds: Sendable {
  private(set) var left = Double.infinity
  private(set) var top = Double.infinity
  private(set) var right = -Double.infinity
  private(set) var bottom = -Double.infinity

  var width: Double { right - left }
  var height: Double { bottom - top }

  mutating func add(_ point: Point) {
    (left, right) = (min(left, point.x), max(right, point.x))
    (top, bottom) = (min(top, point.y), max(bottom, point.y))
  }

  /// The pixels that the rectangle touches, inside of a picture.
  func pixels(width: Int, height: Int) -> PixelBox {
    guard left < right, top < bottom else { return PixelBox(x: 0, y: 0, width: 0, height: 0) }
    let clipped = { (value: Double, limit: Int) in Int(min(max(value, 0), Double(limit))) }
    let (x, y) = (clipped(left.rounded(.down), width), clipped(top.rounded(.down), height))
    return PixelBox(
      x: x, y: y, width: clipped(right.rounded(.up), width) - x,
      height: clipped(bottom.rounded(.up), height) - y)
  }
}
