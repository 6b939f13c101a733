/// Which paint of an object a part gets; the classes name roles and never see a colour.
enum Ink: Sendable {
  /// Most of the object.
  case body
  /// Its second paint.
  case trim
  /// A small part that stands out.
  case accent
  /// Thin lines.
  case line
  /// Cut from a photo: the pixel that lies at a place of the drawing.
  case photo(PhotoName, PhotoPlace)
}

/// Where a drawing lies on a photo: pixel = centre + scale · place.
struct PhotoPlace: Sendable {
  let x: Double
  let y: Double
  let scale: Double
}

/// One painted shape of an object.
struct Part: Sendable {
  let outline: Outline
  let ink: Ink

  init(_ outline: Outline, _ ink: Ink) {
    self.outline = outline
    self.ink = ink
  }
}

/// An object as parts, painted in their order, in a square of about -1...1.
struct Drawing: Sendable {
  let parts: [Part]

  init(_ parts: [Part]) {
    self.parts = parts
  }

  /// A shape cut from a photo: its outline in pixels of the photo.
  static func cutOut(_ photo: PhotoName, _ pixels: [(Double, Double)]) -> Drawing {
    let (left, right) = (pixels.map(\.0).min() ?? 0, pixels.map(\.0).max() ?? 0)
    let (top, bottom) = (pixels.map(\.1).min() ?? 0, pixels.map(\.1).max() ?? 0)
    let place = PhotoPlace(
      x: (left + right) / 2, y: (top + bottom) / 2, scale: max(right - left, bottom - top, 1) / 2)
    let outline = Outline.smooth(
      pixels.map { (($0.0 - place.x) / place.scale, ($0.1 - place.y) / place.scale) })
    return Drawing([Part(outline, .photo(photo, place))])
  }
}
