/// An open umbrella: scalloped dome with ribs, stick, hooked handle.
enum Umbrella {
  static func drawing(_ random: inout RandomStream) -> Drawing {
    let high = random.number(0.72, 0.86)
    var dome = Outline.arcPoints(0, 0, 0.98, high, from: 0.5, to: 1)
    // Four scallops along the lower edge, from the right to the left.
    for place in 0..<4 {
      let x = 0.735 - 0.49 * Double(place)
      dome += Outline.arcPoints(x, 0, 0.245, 0.12, from: 1, to: 0.5)
    }
    let hook = Turn.hook(radius: 0.16)
    let stick = Outline.stroke([(0, -high + 0.05), (0, 0.72)] + hook, width: 0.09)
    var parts = [
      Part(.stroke([(0, -high - 0.14), (0, -high + 0.1)], width: 0.08), .trim),
      Part(stick, .trim), Part(.polygon(dome), .body),
    ]
    for x in [-0.49, 0, 0.49] {
      parts.append(
        Part(
          .stroke([(x, -0.06), (x * 0.62, -high * 0.6), (0, -high + 0.02)], width: 0.045), .line))
    }
    if random.chance(0.5) {
      parts.append(
        Part(
          .polygon([(-0.245, -0.1), (0, -high), (0.245, -0.1)]), .accent))
    }
    return Drawing(parts)
  }
}

extension Turn {
  /// The hook at the lower end of a stick, which comes from above at x = 0.
  fileprivate static func hook(radius: Double) -> [(Double, Double)] {
    (0...8).map { step in
      let turn = Turn(Double(step) / 16)
      return (-radius + radius * turn.cosine, 0.72 + radius * turn.sine)
    }
  }
}
