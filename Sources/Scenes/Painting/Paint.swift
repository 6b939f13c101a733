/// What a surface looks like: a pattern of two colours, or a photo in these colours.
struct Paint: Sendable {
  /// The patterns.
  enum Pattern: Sendable {
    case flat
    case gradient
    case stripes
    case checks
    case dots
    case noise
    case bricks
    /// A part of a photo, its brightness leading from the first colour to the second.
    case photo(PhotoName, PixelBox)
  }

  let pattern: Pattern
  let first: Colour
  let second: Colour
  /// The period of the pattern, in units of 1/128 of the picture.
  let period: Double
  private let turn: Turn
  private let shift: Point
  private let noise: Noise

  /// Any paint of two colours.
  init(
    _ first: Colour, _ second: Colour, periods: ClosedRange<Double>, _ random: inout RandomStream
  ) {
    self.first = first
    self.second = second
    period = random.number(periods.lowerBound, periods.upperBound)
    turn = Turn(random.unit())
    shift = Point(random.number(0, 64), random.number(0, 64))
    noise = Noise(seed: random.next())
    switch random.index(below: 10) {
    case 0, 1: pattern = .flat
    case 2: pattern = .gradient
    case 3: pattern = .stripes
    case 4: pattern = .checks
    case 5: pattern = .dots
    case 6: pattern = .noise
    case 7: pattern = .bricks
    default:
      let name = random.pick(PhotoName.allCases)
      pattern = .photo(name, random.pick(name.backgrounds))
    }
  }

  /// The colour at a place, in units of 1/128 of the picture.
  func colour(_ x: Double, _ y: Double, _ photos: Photos) -> Colour {
    let across = x * turn.cosine + y * turn.sine + shift.x
    let down = y * turn.cosine - x * turn.sine + shift.y
    switch pattern {
    case .flat: return first
    case .gradient: return first.mixed(second, Float(Self.wave(across / (period * 8))))
    case .stripes: return first.mixed(second, Self.edge(Self.wave(across / period), period))
    case .checks:
      let (column, row) = (Self.wave(across / period) - 0.5, Self.wave(down / period) - 0.5)
      return first.mixed(second, Self.edge(0.5 + 2 * column * row, period))
    case .dots:
      let (column, row) = (Self.wave(across / period), Self.wave(down / period))
      return first.mixed(second, Self.edge(column * row + 0.15, period))
    case .noise:
      return first.mixed(second, Float(noise.fractal(across / period, down / period)))
    case .bricks: return first.mixed(second, bricks(across, down))
    case .photo(let name, let box):
      let luma = photos.colour(
        name, Self.bounced(across * 1.5, box.width) + Double(box.x),
        Self.bounced(down * 1.5, box.height) + Double(box.y), step: 1.5
      ).luma
      return first.mixed(second, luma)
    }
  }

  /// Joints between rows of bricks, every second row half a brick further.
  private func bricks(_ across: Double, _ down: Double) -> Float {
    let row = (down / period).rounded(.down)
    let inRow = down / period - row
    let place = across / (2 * period) + row / 2
    let inBrick = place - place.rounded(.down)
    let joint = min(min(inRow, 1 - inRow) * period, min(inBrick, 1 - inBrick) * 2 * period)
    return Float(min(max(joint - 0.4, 0), 1))
  }

  /// A triangular wave of period 1 in [0, 1].
  private static func wave(_ x: Double) -> Double {
    abs(2 * (x - x.rounded(.down)) - 1)
  }

  /// A step at 0.5, about one unit wide.
  private static func edge(_ value: Double, _ period: Double) -> Float {
    Float(min(max((value - 0.5) * period / 2 + 0.5, 0), 1))
  }

  /// A place inside of an extent, mirrored at its ends.
  private static func bounced(_ x: Double, _ extent: Int) -> Double {
    wave(x / (2 * Double(extent))) * Double(extent)
  }
}
