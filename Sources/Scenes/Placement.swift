/// Where an object goes: the square around its box, and how it is turned.
struct Placement: Sendable {
  /// The middle of the box, in pixels.
  let x: Double
  let y: Double
  /// The longer side of the box, in pixels.
  let side: Double
  /// The rotation.
  let turn: Turn
  /// -1 where it is mirrored.
  let mirror: Double
  /// The factor by which it is wider than drawn.
  let stretch: Double

  /// The part of the picture around which the box lies.
  func box(_ canvas: Canvas) -> PixelBox {
    var bounds = Bounds()
    bounds.add(Point(x - side / 2, y - side / 2))
    bounds.add(Point(x + side / 2, y + side / 2))
    return bounds.pixels(width: canvas.width, height: canvas.height)
  }

  /// Places for objects that hardly overlap.
  static func choose(
    count: Int, _ options: SceneOptions, _ random: inout RandomStream
  ) -> [Placement] {
    let sizes = options.split.sizes(objectCount: count)
    let isCentreFree = options.split == .evaluation && random.chance(0.5)
    var chosen: [Placement] = []
    for _ in 0..<count {
      // The best of many places; the first without a fault ends the search.
      var best: (placement: Placement, fault: Double)?
      for _ in 0..<60 {
        let candidate = Placement(sizes, options, &random)
        var fault = chosen.map { candidate.overlap($0) }.max() ?? 0
        fault = fault <= 0.1 ? 0 : fault
        if isCentreFree, candidate.covers(options) { fault += 1 }
        if fault < best?.fault ?? .infinity { best = (candidate, fault) }
        if fault == 0 { break }
      }
      if let best { chosen.append(best.placement) }
    }
    return chosen
  }

  private init(_ sizes: ClosedRange<Double>, _ options: SceneOptions, _ random: inout RandomStream)
  {
    side =
      random.number(sizes.lowerBound, sizes.upperBound) * Double(min(options.width, options.height))
    x = random.number(side / 2 + 1, Double(options.width) - side / 2 - 1)
    y = random.number(side / 2 + 1, Double(options.height) - side / 2 - 1)
    turn = Turn(random.number(-0.1, 0.1))
    mirror = random.chance(0.5) ? -1 : 1
    stretch = random.number(0.88, 1.14)
  }

  /// The common part of two squares, as a share of the smaller.
  private func overlap(_ other: Placement) -> Double {
    let reach = (side + other.side) / 2
    let (across, down) = (reach - abs(x - other.x), reach - abs(y - other.y))
    let smaller = min(side, other.side)
    return max(min(across, smaller), 0) * max(min(down, smaller), 0) / (smaller * smaller)
  }

  /// Whether the square reaches the centre of the picture.
  private func covers(_ options: SceneOptions) -> Bool {
    abs(x - Double(options.width) / 2) <= side / 2 + 1
      && abs(y - Double(options.height) / 2) <= side / 2 + 1
  }
}
