/// The face of a cat: two pointed ears, eyes, nose, whiskers; one in five is cut from a photo.
enum Cat {
  static func drawing(_ random: inout RandomStream) -> Drawing {
    let lean = random.number(-0.1, 0.12)
    let tip = random.number(-1, -0.86)
    let wide = random.number(0.8, 0.9)
    let head = Outline.smooth([
      (0, -0.5), (0.5, -0.42), (wide, 0.05), (0.66, 0.58), (0.25, 0.82), (-0.25, 0.82),
      (-0.66, 0.58), (-wide, 0.05), (-0.5, -0.42),
    ])
    let ears = Outline.polygon([(-0.8, -0.05), (-0.72 - lean, tip), (-0.12, -0.48)])
      .joined(.polygon([(0.8, -0.05), (0.72 + lean, tip), (0.12, -0.48)]))
    if random.chance(0.2) {
      // The photo's eyes, nose and fur inside of a drawn head; the photo ends above its ears.
      let place = PhotoPlace(x: 245, y: 150, scale: 190)
      return Drawing([Part(ears.joined(head), .photo(.cat, place))])
    }
    let inner = Outline.polygon([(-0.66, -0.3), (-0.65 - lean, tip + 0.2), (-0.32, -0.46)])
      .joined(.polygon([(0.66, -0.3), (0.65 + lean, tip + 0.2), (0.32, -0.46)]))
    let eyes = Outline.ellipse(-0.36, -0.05, 0.19, 0.16).joined(.ellipse(0.36, -0.05, 0.19, 0.16))
    let pupils = Outline.ellipse(-0.36, -0.05, 0.06, 0.14)
      .joined(.ellipse(0.36, -0.05, 0.06, 0.14))
    var parts = [
      Part(ears, .body), Part(inner, .trim), Part(head, .body), Part(eyes, .accent),
      Part(pupils, .line),
      Part(.ellipse(0, 0.48, 0.34, 0.24), .trim),
      Part(.polygon([(-0.13, 0.26), (0.13, 0.26), (0, 0.42)]), .line),
      Part(
        .stroke([(-0.2, 0.56), (-0.08, 0.62), (0, 0.44), (0.08, 0.62), (0.2, 0.56)], width: 0.05),
        .line),
    ]
    for side in [-1.0, 1.0] {
      for slope in [-0.12, 0.02, 0.16] {
        let whisker = [(side * 0.36, 0.44 + slope / 2), (side * 0.98, 0.4 + slope * 1.6)]
        parts.append(Part(.stroke(whisker, width: 0.035), .line))
      }
    }
    return Drawing(parts)
  }
}
