/// A drawing turned, scaled and moved to its place in a picture.
struct PlacedDrawing: Sendable {
  private let parts: [Part]
  private let placement: Placement
  /// Pixels in a unit of the drawing.
  private let scale: Double
  /// The middle of the turned drawing, in its units.
  private let middle: Point

  /// A drawing at its place.
  ///
  /// - Parameters:
  ///   - drawing: what is drawn.
  ///   - placement: where its box goes.
  ///   - unit: pixels in 1/128 of the picture; the line around the silhouette is at most so wide.
  init(_ drawing: Drawing, _ placement: Placement, unit: Double) {
    let turned = drawing.parts.map { part in
      Part(part.outline.mapped { Self.turned($0, placement) }, part.ink)
    }
    var bounds = Bounds()
    for part in turned {
      for contour in part.outline.contours { for point in contour { bounds.add(point) } }
    }
    // The line around the silhouette belongs to the box.
    let side = placement.side - 2 * (max(unit, 1).rounded() + 1)
    let scale = side / max(bounds.width, bounds.height, 0.001)
    let middle = Point((bounds.left + bounds.right) / 2, (bounds.top + bounds.bottom) / 2)
    parts = turned.map { part in
      Part(
        part.outline.mapped { point in
          Point(
            (point.x - middle.x) * scale + placement.x, (point.y - middle.y) * scale + placement.y)
        }, part.ink)
    }
    self.placement = placement
    self.scale = scale
    self.middle = middle
  }

  /// Paints the parts in their order, each with a line around it.
  /// - Returns: the pixels that were painted.
  func paint(on canvas: inout Canvas, _ palette: Palette) -> [Coverage] {
    parts.map { part in
      let shape = Coverage(part.outline, width: canvas.width, height: canvas.height)
      let radius = palette.hasLine ? Int(max(canvas.unit, 1).rounded()) : 0
      let grown = shape.grown(by: radius, width: canvas.width, height: canvas.height)
      if radius > 0 { canvas.paint(grown, palette.line) }
      switch part.ink {
      case .body: canvas.paint(shape, palette.body)
      case .trim: canvas.paint(shape, palette.trim)
      case .accent: canvas.paint(shape, palette.accent)
      case .line: canvas.paint(shape, palette.line)
      case .photo(let name, let place):
        canvas.paint(shape, name, step: place.scale / scale, palette.tint) { x, y in
          let point = drawn(x, y)
          return Point(place.x + place.scale * point.x, place.y + place.scale * point.y)
        }
      }
      return grown
    }
  }

  /// The place in the drawing that lies under a place in the picture.
  private func drawn(_ x: Double, _ y: Double) -> Point {
    let across = (x - placement.x) / scale + middle.x
    let down = (y - placement.y) / scale + middle.y
    let turn = placement.turn
    let straight = Point(
      across * turn.cosine + down * turn.sine, down * turn.cosine - across * turn.sine)
    return Point(straight.x / (placement.mirror * placement.stretch), straight.y)
  }

  private static func turned(_ point: Point, _ placement: Placement) -> Point {
    let (x, y) = (point.x * placement.mirror * placement.stretch, point.y)
    let turn = placement.turn
    return Point(x * turn.cosine - y * turn.sine, x * turn.sine + y * turn.cosine)
  }
}
