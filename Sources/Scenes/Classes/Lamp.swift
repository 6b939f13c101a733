/// A lamp on a foot: shade, stem, base, a cord to pull.
enum Lamp {
  static func drawing(_ random: inout RandomStream) -> Drawing {
    let narrow = random.number(0.26, 0.4)
    let wide = random.number(0.66, 0.8)
    let low = random.number(-0.16, 0)
    let shade = Outline.polygon([(-narrow, -0.95), (narrow, -0.95), (wide, low), (-wide, low)])
    let hem = Outline.polygon([
      (-wide + 0.05, low - 0.13), (wide - 0.05, low - 0.13), (wide, low), (-wide, low),
    ])
    return Drawing([
      Part(.stroke([(0.4, low), (0.4, low + 0.36)], width: 0.04), .line),
      Part(.ellipse(0.4, low + 0.4, 0.07, 0.07), .accent),
      Part(.rectangle(-0.07, low - 0.05, 0.07, 0.86), .trim),
      Part(
        random.chance(0.5)
          ? .ellipse(0, 0.42, 0.22, 0.26)
          : .ellipse(0, 0.28, 0.14, 0.12).joined(.ellipse(0, 0.56, 0.18, 0.14)),
        .trim),
      Part(.arc(0, 0.95, 0.5, 0.24, from: 0.5, to: 1), .trim),
      Part(shade, .body), Part(hem, .accent),
    ])
  }
}
