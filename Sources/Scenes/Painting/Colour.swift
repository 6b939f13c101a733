/// Red, green, blue in [0, 1], as the bytes of a picture say; no colour space is applied.
typealias Colour = SIMD3<Float>

extension SIMD3<Float> {
  /// A grey.
  init(gray: Float) {
    self.init(repeating: gray)
  }

  /// A colour from three numbers in [0, 1]: place on the colour circle, strength, lightness.
  init(hue: Double, strength: Double, lightness: Double) {
    // The circle as three triangular waves, a third of a turn apart.
    let channel = { (offset: Double) -> Float in
      let place = hue + offset - (hue + offset).rounded(.down)
      let wave = Swift.min(Swift.max(abs(place * 6 - 3) - 1, 0), 1)
      return Float(lightness + strength * (wave - 0.5) * (1 - abs(2 * lightness - 1)))
    }
    self.init(channel(0), channel(2.0 / 3), channel(1.0 / 3))
  }

  /// The luma of ITU-R 601.
  var luma: Float { 0.299 * x + 0.587 * y + 0.114 * z }

  /// The way to another colour, 0 here and 1 there.
  func mixed(_ other: Colour, _ share: Float) -> Colour {
    self + (other - self) * share
  }

  /// The square of the distance between two colours, at most 3.
  func distance(to other: Colour) -> Float {
    let apart = self - other
    return (apart * apart).sum()
  }

  /// Any colour; no hue and no lightness is preferred.
  static func random(_ random: inout RandomStream) -> Colour {
    Colour(
      hue: random.unit(), strength: random.number(0.1, 1), lightness: random.number(0.1, 0.9))
  }
}
