/// The paints of one object, chosen without a look at what it is.
struct Palette: Sendable {
  let body: Paint
  let trim: Paint
  let accent: Colour
  let line: Colour
  /// Whether a line goes around each part.
  let hasLine: Bool
  /// The colours of a cut-out.
  let tint: Tint

  /// Paints that can be told from a background.
  init(on background: Colour, _ random: inout RandomStream) {
    let main = Self.colour(unlike: [background], &random)
    let second = main.mixed(Colour.random(&random), Float(random.number(0.25, 0.6)))
    body = Paint(main, second, periods: 3...12, &random)
    let other = Self.colour(unlike: [main], &random)
    trim = Paint(
      other, other.mixed(Colour.random(&random), 0.4), periods: 3...12, &random)
    accent = Self.colour(unlike: [main, other], &random)
    let isDark = main.luma + Float(random.number(-0.15, 0.15)) > 0.45
    line = Colour.random(&random).mixed(Colour(gray: isDark ? 0.02 : 0.98), 0.85)
    hasLine = random.chance(0.85)
    // The brighter end of a cut-out's colours is the one that stands out.
    let light = main.mixed(Colour(gray: 1), 0.4)
    tint = Tint(
      dark: main.mixed(Colour(gray: 0), 0.75), light: light, strength: Float(random.number(0.4, 1)))
  }

  /// The first of some random colours that is far from others, else the farthest.
  static func colour(unlike others: [Colour], _ random: inout RandomStream) -> Colour {
    var best = (colour: Colour(gray: 0.5), distance: Float(-1))
    for _ in 0..<16 {
      let colour = Colour.random(&random)
      let distance = others.map { colour.distance(to: $0) }.min() ?? 1
      if distance > best.distance { best = (colour, distance) }
      if distance > 0.2 { break }
    }
    return best.colour
  }
}
