/// A cup: bowl, rim, handle; one in five is cut from a photo.
enum Cup {
  static func drawing(_ random: inout RandomStream) -> Drawing {
    if random.chance(0.2) { return .cutOut(.coffee, photographed) }
    let foot = random.number(0.34, 0.5)
    let reach = random.number(0.94, 1.1)
    let handle = Outline.stroke(
      [(0.46, -0.34), (0.78, -0.4), (reach, -0.14), (0.88, 0.2), (0.42, 0.34)], width: 0.15)
    let bowl = Outline.smooth([
      (-0.62, -0.62), (-0.58, -0.1), (-foot - 0.04, 0.55), (-foot + 0.1, 0.78), (foot - 0.1, 0.78),
      (foot + 0.04, 0.55), (0.58, -0.1), (0.62, -0.62),
    ])
    var parts = [
      Part(handle, .body), Part(bowl, .body), Part(.ellipse(0, -0.62, 0.62, 0.18), .trim),
      Part(.ellipse(0, -0.58, 0.5, 0.12), .accent),
    ]
    if random.chance(0.5) {
      parts.append(
        Part(.polygon([(-0.57, -0.05), (0.57, -0.05), (0.53, 0.2), (-0.53, 0.2)]), .trim))
    }
    if random.chance(0.4) {
      parts.insert(Part(.ellipse(0, 0.78, 0.86, 0.15), .trim), at: 0)
    }
    return Drawing(parts)
  }

  private static let photographed: [(Double, Double)] = [
    (174, 125), (185, 190), (208, 236), (198, 268), (197, 292), (215, 306), (240, 296),
    (262, 278), (300, 284), (335, 266), (365, 232), (392, 185), (405, 140), (405, 105),
    (398, 78), (374, 48), (335, 26), (285, 18), (235, 27), (196, 55), (177, 90),
  ]
}
