/// A place on the plane; x to the right, y down.
struct Point: Sendable, Hashable {
  var x: Double
  var y: Double

  init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// A filled shape: closed contours, whose windings add up; inside is where the sum is not zero.
///
/// Contours run one way round, holes the other way.
struct Outline: Sendable {
  private(set) var contours: [[Point]]

  private init(contours: [[Point]]) {
    self.contours = contours
  }

  /// The shape between straight lines.
  static func polygon(_ points: [(Double, Double)]) -> Outline {
    Outline(contours: [oriented(points.map { Point($0.0, $0.1) })])
  }

  /// A rectangle between two corners.
  static func rectangle(_ left: Double, _ top: Double, _ right: Double, _ bottom: Double)
    -> Outline
  {
    polygon([(left, top), (right, top), (right, bottom), (left, bottom)])
  }

  /// An ellipse, as a polygon of 40 corners.
  static func ellipse(_ x: Double, _ y: Double, _ horizontal: Double, _ vertical: Double)
    -> Outline
  {
    arc(x, y, horizontal, vertical, from: 0, to: 1)
  }

  /// A segment of an ellipse between two shares of a full turn, closed by its chord.
  static func arc(
    _ x: Double, _ y: Double, _ horizontal: Double, _ vertical: Double, from: Double, to: Double
  ) -> Outline {
    polygon(arcPoints(x, y, horizontal, vertical, from: from, to: to))
  }

  /// Points on an ellipse between two shares of a full turn.
  static func arcPoints(
    _ x: Double, _ y: Double, _ horizontal: Double, _ vertical: Double, from: Double, to: Double
  ) -> [(Double, Double)] {
    (0...40).map { step in
      let turn = Turn(from + (to - from) * Double(step) / 40)
      return (x + horizontal * turn.cosine, y + vertical * turn.sine)
    }
  }

  /// A ring between two ellipses of one centre.
  static func ring(_ x: Double, _ y: Double, _ radius: Double, width: Double) -> Outline {
    ellipse(x, y, radius, radius).cutting(ellipse(x, y, radius - width, radius - width))
  }

  /// A smooth closed curve through points (Catmull and Rom 1974, uniform).
  static func smooth(_ points: [(Double, Double)]) -> Outline {
    let count = points.count
    var curve: [(Double, Double)] = []
    for place in 0..<count {
      let (before, from) = (points[(place + count - 1) % count], points[place])
      let (to, after) = (points[(place + 1) % count], points[(place + 2) % count])
      for step in 0..<8 {
        let share = Double(step) / 8
        curve.append(
          (
            spline(before.0, from.0, to.0, after.0, share),
            spline(before.1, from.1, to.1, after.1, share)
          ))
      }
    }
    return polygon(curve)
  }

  /// A line of a width through points, with round ends and joints.
  static func stroke(_ points: [(Double, Double)], width: Double) -> Outline {
    let radius = width / 2
    var contours: [[Point]] = []
    for point in points {
      contours += ellipse(point.0, point.1, radius, radius).contours
    }
    for (from, to) in zip(points, points.dropFirst()) {
      let (x, y) = (to.0 - from.0, to.1 - from.1)
      let length = (x * x + y * y).squareRoot()
      guard length > 0 else { continue }
      let (sideX, sideY) = (-y / length * radius, x / length * radius)
      contours +=
        polygon([
          (from.0 + sideX, from.1 + sideY), (to.0 + sideX, to.1 + sideY),
          (to.0 - sideX, to.1 - sideY), (from.0 - sideX, from.1 - sideY),
        ]).contours
    }
    return Outline(contours: contours)
  }

  /// Both shapes as one.
  func joined(_ other: Outline) -> Outline {
    Outline(contours: contours + other.contours)
  }

  /// This shape with another, which lies inside of it, cut out.
  func cutting(_ hole: Outline) -> Outline {
    Outline(contours: contours + hole.contours.map { $0.reversed() })
  }

  /// The shape with every point moved.
  func mapped(_ place: (Point) -> Point) -> Outline {
    Outline(contours: contours.map { $0.map(place) })
  }

  private static func spline(
    _ before: Double, _ from: Double, _ to: Double, _ after: Double, _ share: Double
  ) -> Double {
    let first = 2 * from + (to - before) * share
    let second = (2 * before - 5 * from + 4 * to - after) * share * share
    let third = (3 * from - before - 3 * to + after) * share * share * share
    return (first + second + third) / 2
  }

  /// The contour so that it runs clockwise on the screen.
  private static func oriented(_ points: [Point]) -> [Point] {
    var area = 0.0
    for (place, point) in points.enumerated() {
      let next = points[(place + 1) % points.count]
      area += point.x * next.y - next.x * point.y
    }
    return area < 0 ? points.reversed() : points
  }
}
