/// A pair of scissors: two crossing blades, two rings, a pivot.
enum Scissors {
  static func drawing(_ random: inout RandomStream) -> Drawing {
    let gape = random.number(0.18, 0.42)
    let ring = random.number(0.25, 0.31)
    var parts: [Part] = []
    for side in [-1.0, 1.0] {
      let blade = Outline.polygon([
        (side * gape, -0.98), (side * (gape + 0.05), -0.72), (side * -0.02, 0.24),
        (side * -0.2, 0.16), (side * (gape - 0.2), -0.7),
      ])
      let arm = Outline.stroke([(side * -0.02, 0.1), (side * -0.3, 0.5)], width: 0.16)
      parts.append(Part(blade, .body))
      parts.append(Part(arm, .trim))
      parts.append(Part(.ring(side * -0.42, 0.68, ring, width: 0.13), .trim))
    }
    parts.append(Part(.ellipse(0, 0.04, 0.08, 0.08), .accent))
    return Drawing(parts)
  }
}
