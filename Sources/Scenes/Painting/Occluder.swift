/// A bar in front of an object, which leaves most of it visible.
enum Occluder {
  /// Objects keep at least this share of their pixels behind a bar.
  private static let shareLeft = 0.78

  static func paint(
    on canvas: inout Canvas, hiding labels: inout Labels, _ placements: [Placement],
    _ random: inout RandomStream
  ) {
    for placement in placements where random.chance(0.3) {
      let turn = Turn(random.unit())
      let reach = placement.side * random.number(0.5, 0.9)
      let x = placement.x + placement.side * random.number(-0.3, 0.3)
      let y = placement.y + placement.side * random.number(-0.3, 0.3)
      let bar = Outline.stroke(
        [
          (x - reach * turn.cosine, y - reach * turn.sine),
          (x + reach * turn.cosine, y + reach * turn.sine),
        ], width: random.number(2.5, 7) * canvas.unit)
      let shape = Coverage(bar, width: canvas.width, height: canvas.height)
      let paint = Background.surface(periods: 3...12, &random)
      guard labels.shareLeft(behind: shape) >= shareLeft else { continue }
      canvas.paint(shape, paint)
      labels.hide(shape)
    }
  }
}
