/// What lies behind the objects: a photo or a paint, patches, and clutter that is no object.
enum Background {
  static func paint(on canvas: inout Canvas, _ random: inout RandomStream) {
    if random.chance(0.4) {
      let name = random.pick(PhotoName.allCases)
      let tint = Tint(
        dark: .random(&random), light: .random(&random), strength: Float(random.number(0, 1)))
      canvas.fill(
        name, part(of: random.pick(name.backgrounds), &random), mirrored: random.chance(0.5), tint)
    } else {
      canvas.fill(surface(periods: 5...30, &random))
    }
    for _ in 0..<random.index(below: 3) { patch(on: &canvas, &random) }
    for _ in 0..<3 + random.index(below: 6) { Clutter.paint(on: &canvas, &random) }
  }

  /// A paint whose second colour is more or less like the first.
  static func surface(periods: ClosedRange<Double>, _ random: inout RandomStream) -> Paint {
    let first = Colour.random(&random)
    let second = first.mixed(.random(&random), Float(random.number(0.2, 0.8)))
    return Paint(first, second, periods: periods, &random)
  }

  /// A part of a rectangle, from half of its sides on.
  private static func part(of box: PixelBox, _ random: inout RandomStream) -> PixelBox {
    let share = random.number(0.5, 1)
    let (width, height) = (Int(Double(box.width) * share), Int(Double(box.height) * share))
    return PixelBox(
      x: box.x + random.index(below: box.width - width + 1),
      y: box.y + random.index(below: box.height - height + 1), width: width, height: height)
  }

  /// One side of a line across the picture in another paint.
  private static func patch(on canvas: inout Canvas, _ random: inout RandomStream) {
    let turn = Turn(random.unit())
    let reach = Double(canvas.width + canvas.height)
    let (x, y) = (
      random.number(0, Double(canvas.width)), random.number(0, Double(canvas.height))
    )
    let corner = { (across: Double, down: Double) in
      (x + across * turn.cosine - down * turn.sine, y + across * turn.sine + down * turn.cosine)
    }
    let half = Outline.polygon([
      corner(-reach, 0), corner(reach, 0), corner(reach, reach), corner(-reach, reach),
    ])
    let shape = Coverage(half, width: canvas.width, height: canvas.height)
    canvas.paint(shape, surface(periods: 4...24, &random))
  }
}

/// Plain shapes that resemble no class: they are painted like objects and have no parts of one.
enum Clutter {
  static func paint(on canvas: inout Canvas, _ random: inout RandomStream) {
    let side = random.number(6, 40) * canvas.unit
    let (x, y) = (
      random.number(0, Double(canvas.width)), random.number(0, Double(canvas.height))
    )
    let turn = Turn(random.unit())
    let outline = shape(&random).mapped { point in
      Point(
        x + side / 2 * (point.x * turn.cosine - point.y * turn.sine),
        y + side / 2 * (point.x * turn.sine + point.y * turn.cosine))
    }
    let coverage = Coverage(outline, width: canvas.width, height: canvas.height)
    let palette = Palette(on: canvas.mean(in: coverage.box), &random)
    if random.chance(0.5) {
      let radius = max(Int(canvas.unit), 1)
      canvas.paint(
        coverage.grown(by: radius, width: canvas.width, height: canvas.height), palette.line)
    }
    canvas.paint(coverage, random.chance(0.5) ? palette.body : palette.trim)
  }

  private static func shape(_ random: inout RandomStream) -> Outline {
    switch random.index(below: 8) {
    case 0: return .ellipse(0, 0, 1, random.number(0.3, 1))
    case 1:
      return .polygon([(-1, random.number(-1, 0)), (random.number(-0.5, 1), -1), (1, 1)])
    case 2: return .rectangle(-1, -random.number(0.2, 1), 1, random.number(0.2, 1))
    case 3: return .stroke([(-1, 0), (1, 0)], width: random.number(0.1, 0.3))
    case 4: return .stroke([(-1, 0.3), (-0.3, -0.4), (0.3, 0.4), (1, -0.3)], width: 0.2)
    case 5: return .arc(0, 0, 1, 1, from: 0, to: random.number(0.3, 0.7))
    case 6:
      let corners = 5 + random.index(below: 3)
      return .polygon(
        (0..<corners).map { corner in
          let turn = Turn(Double(corner) / Double(corners))
          return (turn.cosine, turn.sine)
        })
    default:
      return .smooth(
        (0..<7).map { corner in
          let turn = Turn(Double(corner) / 7)
          let reach = random.number(0.5, 1)
          return (reach * turn.cosine, reach * turn.sine)
        })
    }
  }
}
