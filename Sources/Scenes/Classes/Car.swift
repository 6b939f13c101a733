/// A car from the side: body, cabin with windows, two wheels.
enum Car {
  static func drawing(_ random: inout RandomStream) -> Drawing {
    let roof = random.number(-0.62, -0.48)
    let back = random.number(-0.66, -0.45)
    let front = random.number(0.15, 0.35)
    let body = Outline.smooth([
      (-0.98, 0.12), (-0.94, -0.1), (-0.6, -0.16), (0.5, -0.16), (0.86, -0.06), (0.98, 0.1),
      (0.96, 0.3), (0.6, 0.34), (-0.6, 0.34), (-0.96, 0.3),
    ])
    let cabin = Outline.polygon([
      (back - 0.14, -0.12), (back, roof), (front, roof), (front + 0.3, -0.12),
    ])
    let windows = Outline.polygon([
      (back, -0.16), (back + 0.08, roof + 0.09), (-0.2, roof + 0.09), (-0.2, -0.16),
    ]).joined(
      .polygon([
        (-0.08, -0.16), (-0.08, roof + 0.09), (front - 0.05, roof + 0.09), (front + 0.14, -0.16),
      ]))
    let wheels = Outline.ellipse(-0.54, 0.34, 0.23, 0.23).joined(.ellipse(0.54, 0.34, 0.23, 0.23))
    let hubs = Outline.ellipse(-0.54, 0.34, 0.1, 0.1).joined(.ellipse(0.54, 0.34, 0.1, 0.1))
    return Drawing([
      Part(cabin, .body), Part(body, .body), Part(windows, .accent),
      Part(.ellipse(0.9, 0.06, 0.07, 0.08), .trim), Part(wheels, .line), Part(hubs, .trim),
      Part(.stroke([(-0.14, -0.1), (-0.14, 0.26)], width: 0.04), .line),
    ])
  }
}
