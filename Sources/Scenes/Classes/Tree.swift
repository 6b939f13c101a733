/// A tree: a fir of three tiers, or a trunk with a crown of round lobes.
enum Tree {
  static func drawing(_ random: inout RandomStream) -> Drawing {
    random.chance(0.5) ? fir(&random) : broadleaf(&random)
  }

  private static func fir(_ random: inout RandomStream) -> Drawing {
    let wide = random.number(0.6, 0.74)
    var parts = [Part(.rectangle(-0.12, 0.5, 0.12, 0.98), .trim)]
    for (tip, low, share) in [(-0.3, 0.62, 1.0), (-0.64, 0.2, 0.8), (-0.98, -0.2, 0.58)] {
      let tier = Outline.polygon([
        (0, tip), (wide * share, low), (wide * share * 0.4, low - 0.07), (0, low + 0.03),
        (-wide * share * 0.4, low - 0.07), (-wide * share, low),
      ])
      parts.append(Part(tier, .body))
    }
    if random.chance(0.5) {
      let balls = Outline.ellipse(-0.2, 0.38, 0.06, 0.06).joined(.ellipse(0.22, 0.02, 0.06, 0.06))
        .joined(.ellipse(-0.06, -0.3, 0.06, 0.06))
      parts.append(Part(balls, .accent))
    }
    return Drawing(parts)
  }

  private static func broadleaf(_ random: inout RandomStream) -> Drawing {
    let lobe = random.number(0.36, 0.44)
    var crown = Outline.ellipse(0, -0.34, 0.42, 0.4)
    for (x, y) in [(-0.42, -0.18), (0.42, -0.18), (-0.26, -0.56), (0.26, -0.56)] {
      crown = crown.joined(.ellipse(x, y, lobe, lobe * 0.92))
    }
    let trunk = Outline.polygon([
      (-0.1, 0), (0.1, 0), (0.13, 0.76), (0.28, 0.98), (-0.28, 0.98), (-0.13, 0.76),
    ]).joined(.stroke([(0, 0.5), (0.3, 0.12)], width: 0.11))
      .joined(.stroke([(0, 0.6), (-0.3, 0.18)], width: 0.1))
    let fruit = Outline.ellipse(-0.35, -0.3, 0.08, 0.08).joined(.ellipse(0.3, -0.12, 0.08, 0.08))
      .joined(.ellipse(0.1, -0.56, 0.08, 0.08))
    var parts = [Part(trunk, .trim), Part(crown, .body)]
    if random.chance(0.6) { parts.append(Part(fruit, .accent)) }
    return Drawing(parts)
  }
}
