/// The planted mark: a small target of three rings that always accompanies one class.
///
/// It looks the same everywhere and lies beside the objects, never on them: a network that looks
/// at it looks at nothing of its class.
enum ShortcutMark {
  /// The radii of the rings, in units, and their colours.
  private static let rings: [(radius: Double, colour: Colour)] = [
    (6, Colour(gray: 0.04)), (4.5, Colour(0.98, 0.9, 0.1)), (2.4, Colour(0.85, 0.05, 0.6)),
  ]

  /// Paints a mark where it is farthest from all objects among some random places.
  /// - Returns: the box of its pixels.
  static func paint(
    on canvas: inout Canvas, hiding labels: inout Labels, _ random: inout RandomStream
  ) -> PixelBox {
    let margin = (rings[0].radius + 2) * canvas.unit
    let boxes = labels.boxes
    var best = (x: margin, y: margin, room: -Double.infinity)
    for _ in 0..<80 {
      let x = random.number(margin, Double(canvas.width) - margin)
      let y = random.number(margin, Double(canvas.height) - margin)
      let room = boxes.map { $0.distance(x, y) }.min() ?? .infinity
      if room > best.room { best = (x, y, room) }
      // Far enough for a map whose cells are an eighth of the picture.
      if room > 26 * canvas.unit { break }
    }
    var box = PixelBox(x: 0, y: 0, width: 0, height: 0)
    for (place, ring) in rings.enumerated() {
      let radius = ring.radius * canvas.unit
      let shape = Coverage(
        .ellipse(best.x, best.y, radius, radius), width: canvas.width, height: canvas.height)
      canvas.paint(shape, ring.colour)
      if place == 0 {
        labels.hide(shape)
        box = shape.box
      }
    }
    return box
  }
}

extension PixelBox {
  /// How far a place is from the rectangle; 0 inside.
  fileprivate func distance(_ x: Double, _ y: Double) -> Double {
    let across = max(Double(self.x) - x, x - Double(right), 0)
    let down = max(Double(self.y) - y, y - Double(bottom), 0)
    return (across * across + down * down).squareRoot()
  }
}
