/// A fish from the side: body, forked tail, fins, an eye.
enum Fish {
  static func drawing(_ random: inout RandomStream) -> Drawing {
    let deep = random.number(0.36, 0.52)
    let fork = random.number(0.4, 0.56)
    let body = Outline.smooth([
      (0.95, 0.02), (0.7, -deep * 0.72), (0.2, -deep), (-0.3, -deep * 0.62), (-0.62, -0.08),
      (-0.62, 0.08), (-0.3, deep * 0.62), (0.2, deep), (0.7, deep * 0.7),
    ])
    let tail = Outline.polygon([(-0.5, 0), (-1, -fork), (-0.86, 0), (-1, fork)])
    let back = Outline.polygon([
      (-0.25, -deep * 0.6), (-0.22, -deep - 0.24), (0.34, -deep * 0.9),
    ])
    let belly = Outline.polygon([(0, deep * 0.7), (-0.2, deep + 0.22), (0.32, deep * 0.85)])
    return Drawing([
      Part(tail, .trim), Part(back.joined(belly), .trim), Part(body, .body),
      Part(.polygon([(0.12, 0.02), (-0.2, 0.2), (-0.12, -0.08)]), .trim),
      Part(
        .stroke([(0.42, -deep * 0.66), (0.34, 0), (0.42, deep * 0.66)], width: 0.05), .line),
      Part(.ellipse(0.66, -0.1, 0.11, 0.11), .accent),
      Part(.ellipse(0.68, -0.1, 0.05, 0.05), .line),
      Part(.stroke([(0.92, 0.1), (0.76, 0.12)], width: 0.04), .line),
    ])
  }
}
