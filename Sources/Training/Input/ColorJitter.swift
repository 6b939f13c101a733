import Imaging

/// Other brightness, contrast, saturation and hue, in random order: torchvision's `ColorJitter`.
public struct ColorJitter: Sendable, Hashable {
  /// How far the factor of brightness goes from 1, at least 0; it stays from 0 up.
  public var brightness: Double
  /// The same of contrast.
  public var contrast: Double
  /// The same of saturation.
  public var saturation: Double
  /// How far hues are turned either way, in full turns, within 0...0.5.
  public var hue: Double

  /// A jitter; without arguments it changes nothing.
  /// - Precondition: the numbers are within the ranges of the properties.
  public init(
    brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0
  ) {
    precondition(min(brightness, contrast, saturation) >= 0 && 0...0.5 ~= hue, "out of range")
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
    self.hue = hue
  }

  /// A picture in other colours.
  /// - Parameters:
  ///   - picture: RGB.
  ///   - draws: the random numbers: three for the order, then one for each change.
  /// - Returns: a picture of the same size.
  func apply(to picture: Picture, _ draws: inout SampleDraws) -> Picture {
    let order = draws.permutation(of: 4)
    let factors = [brightness, contrast, saturation].map { reach in
      draws.number(max(0, 1 - reach), 1 + reach)
    }
    let turn = draws.number(-hue, hue)
    return order.reduce(picture) { picture, change in
      switch change {
      case 0: brightness > 0 ? picture.brightened(by: factors[0]) : picture
      case 1: contrast > 0 ? picture.contrasted(by: factors[1]) : picture
      case 2: saturation > 0 ? picture.saturated(by: factors[2]) : picture
      default: hue > 0 ? picture.turningHue(by: turn) : picture
      }
    }
  }
}
