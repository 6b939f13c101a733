/// A rocket: pointed hull, nose, porthole, fins, a flame; one in five is a shuttle from a photo.
enum Rocket {
  static func drawing(_ random: inout RandomStream) -> Drawing {
    if random.chance(0.2) { return .cutOut(.astronaut, photographed) }
    let wide = random.number(0.28, 0.36)
    let fin = random.number(0.62, 0.78)
    let hull = Outline.smooth([
      (0, -1), (wide * 0.6, -0.68), (wide, -0.2), (wide, 0.25), (wide * 0.75, 0.6),
      (-wide * 0.75, 0.6), (-wide, 0.25), (-wide, -0.2), (-wide * 0.6, -0.68),
    ])
    let nose = Outline.smooth([
      (0, -1), (wide * 0.55, -0.72), (wide * 0.72, -0.54), (-wide * 0.72, -0.54),
      (-wide * 0.55, -0.72),
    ])
    let fins = Outline.polygon([
      (-wide + 0.04, 0.05), (-fin, 0.45), (-fin, 0.8), (-wide * 0.6, 0.55),
    ]).joined(.polygon([(wide - 0.04, 0.05), (fin, 0.45), (fin, 0.8), (wide * 0.6, 0.55)]))
    var parts = [Part(fins, .trim), Part(hull, .body), Part(nose, .trim)]
    if random.chance(0.7) {
      let flame = Outline.polygon([
        (-0.2, 0.58), (-0.27, 0.8), (-0.12, 0.78), (0, 1), (0.12, 0.78), (0.27, 0.8), (0.2, 0.58),
      ])
      parts.insert(Part(flame, .accent), at: 0)
    }
    parts.append(Part(.ellipse(0, -0.22, 0.17, 0.17), .accent))
    if random.chance(0.5) { parts.append(Part(.ellipse(0, 0.2, 0.11, 0.11), .accent)) }
    parts.append(Part(.rectangle(-0.05, 0.38, 0.05, 0.78), .trim))
    return Drawing(parts)
  }

  private static let photographed: [(Double, Double)] = [
    (381, 100), (381, 60), (388, 43), (396, 55), (398, 25), (408, 3), (424, 3), (436, 25),
    (438, 58), (446, 43), (455, 60), (455, 200), (457, 262), (440, 264), (422, 250), (402, 254),
    (386, 250), (369, 266), (371, 232), (357, 222), (359, 208), (378, 190), (381, 150),
  ]
}
