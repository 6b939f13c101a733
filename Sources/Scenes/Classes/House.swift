/// A house: wall, gabled roof, door, windows, a chimney.
enum House {
  static func drawing(_ random: inout RandomStream) -> Drawing {
    let ridge = random.number(-0.95, -0.75)
    let chimney = random.number(0.3, 0.5)
    let door = random.number(-0.12, 0.12)
    let panes = Outline.rectangle(-0.56, 0.12, -0.24, 0.44)
      .joined(.rectangle(0.28, 0.12, 0.58, 0.44))
    let bars = Outline.stroke([(-0.4, 0.12), (-0.4, 0.44)], width: 0.04)
      .joined(.stroke([(-0.56, 0.28), (-0.24, 0.28)], width: 0.04))
      .joined(.stroke([(0.43, 0.12), (0.43, 0.44)], width: 0.04))
      .joined(.stroke([(0.28, 0.28), (0.58, 0.28)], width: 0.04))
    return Drawing([
      Part(.rectangle(chimney, -0.9, chimney + 0.2, -0.2), .trim),
      Part(.rectangle(-0.72, -0.16, 0.72, 0.86), .body),
      Part(.polygon([(-0.96, -0.08), (0, ridge), (0.96, -0.08)]), .trim),
      Part(panes, .accent), Part(bars, .line),
      Part(.rectangle(door - 0.15, 0.36, door + 0.13, 0.86), .trim),
      Part(.ellipse(door + 0.07, 0.62, 0.035, 0.035), .line),
      Part(.ellipse(0, -0.34, 0.12, 0.12), .accent),
    ])
  }
}
