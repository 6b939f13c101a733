/// A key: a ring to hold, a shaft, teeth.
enum Key {
  static func drawing(_ random: inout RandomStream) -> Drawing {
    let wide = random.number(0.12, 0.17)
    let long = random.number(0.24, 0.36)
    var teeth = Outline.rectangle(0.66, 0, 0.82, long)
      .joined(.rectangle(0.4, 0, 0.54, long * 0.8))
    if random.chance(0.5) { teeth = teeth.joined(.rectangle(0.88, 0, 0.98, long * 0.6)) }
    let bow =
      random.chance(0.5)
      ? Outline.ring(-0.6, 0, 0.4, width: 0.17)
      : Outline.smooth([
        (-0.98, -0.3), (-0.6, -0.42), (-0.24, -0.26), (-0.24, 0.26), (-0.6, 0.42), (-0.98, 0.3),
      ])
      .cutting(.ellipse(-0.64, 0, 0.2, 0.2))
    return Drawing([
      Part(teeth, .body), Part(.rectangle(-0.24, -wide / 2 - 0.02, 0.98, wide / 2 + 0.02), .body),
      Part(bow, .body), Part(.rectangle(-0.22, -0.17, -0.1, 0.17), .trim),
      Part(.stroke([(-0.04, 0), (0.9, 0)], width: 0.03), .line),
    ])
  }
}
