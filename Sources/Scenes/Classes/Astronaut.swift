/// A person in a space suit: helmet with visor, pack, limbs; one in five is cut from a photo.
enum Astronaut {
  static func drawing(_ random: inout RandomStream) -> Drawing {
    if random.chance(0.2) { return .cutOut(.astronaut, photographed) }
    let spread = random.number(0.05, 0.3)
    let lift = random.number(-0.35, 0.3)
    let arms = Outline.stroke([(-0.3, -0.12), (-0.6, 0.12), (-0.72, 0.12 + lift)], width: 0.24)
      .joined(.stroke([(0.3, -0.12), (0.6, 0.12), (0.72, 0.12 - lift)], width: 0.24))
    let legs = Outline.stroke([(-0.18, 0.4), (-0.18 - spread, 0.88)], width: 0.28)
      .joined(.stroke([(0.18, 0.4), (0.18 + spread, 0.88)], width: 0.28))
    let feet = Outline.ellipse(-0.24 - spread, 0.92, 0.2, 0.1)
      .joined(.ellipse(0.24 + spread, 0.92, 0.2, 0.1))
    return Drawing([
      Part(.rectangle(-0.48, -0.32, 0.48, 0.36), .trim),
      Part(legs, .body), Part(feet, .trim), Part(arms, .body),
      Part(
        .smooth([
          (-0.36, -0.25), (0.36, -0.25), (0.4, 0.1), (0.32, 0.52), (-0.32, 0.52), (-0.4, 0.1),
        ]), .body),
      Part(.ellipse(0, -0.58, 0.42, 0.4), .body),
      Part(.ellipse(0, -0.56, 0.3, 0.22), .accent),
      Part(.rectangle(-0.2, 0.02, 0.2, 0.24), .trim),
      Part(.ellipse(-0.09, 0.13, 0.05, 0.05).joined(.ellipse(0.09, 0.13, 0.05, 0.05)), .line),
    ])
  }

  private static let photographed: [(Double, Double)] = [
    (153, 78), (165, 45), (195, 22), (235, 15), (275, 28), (297, 60), (300, 95), (285, 118),
    (270, 138), (264, 172), (290, 195), (305, 238), (330, 255), (352, 290), (362, 350),
    (328, 372), (292, 410), (278, 460), (278, 508), (34, 508), (18, 420), (25, 350), (45, 285),
    (75, 245), (112, 215), (115, 185), (145, 155), (185, 150), (180, 130), (168, 116), (156, 100),
  ]
}
