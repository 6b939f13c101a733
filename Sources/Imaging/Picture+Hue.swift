extension Picture {
  /// With every hue turned: torchvision's `adjust_hue`, through the bytes of Pillow's mode `HSV`.
  /// - Parameter turn: within -0.5...0.5, in full turns.
  /// - Returns: a picture of the same size.
  public func turningHue(by turn: Double) -> Picture {
    precondition(-0.5...0.5 ~= turn, "a turn of \(turn)")
    let shift = UInt8(truncatingIfNeeded: Int(turn * 255))
    var result = self
    for pixel in stride(from: 0, to: bytes.count, by: 3) {
      var color = HSV(bytes[pixel], bytes[pixel + 1], bytes[pixel + 2])
      color.hue &+= shift
      (result.bytes[pixel], result.bytes[pixel + 1], result.bytes[pixel + 2]) = color.channels
    }
    return result
  }
}

/// A colour as Pillow's mode `HSV` has it: three bytes, computed where Pillow computes in single and
/// where in double precision.
private struct HSV {
  var hue: UInt8
  let saturation: UInt8
  let value: UInt8

  init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
    let (highest, lowest) = (max(red, green, blue), min(red, green, blue))
    value = highest
    guard highest > lowest else {
      (hue, saturation) = (0, 0)
      return
    }
    let range = Float(highest - lowest)
    let below = { (channel: UInt8) in Float(highest - channel) / range }
    let sextant: Float =
      if red == highest {
        below(blue) - below(green)
      } else if green == highest {
        Float(2 + Double(below(red)) - Double(below(blue)))
      } else {
        Float(4 + Double(below(green)) - Double(below(red)))
      }
    let turn = Float((Double(sextant) / 6 + 1).truncatingRemainder(dividingBy: 1))
    hue = UInt8(Double(turn) * 255)
    saturation = UInt8(Double(range / Float(highest)) * 255)
  }

  /// Red, green and blue.
  var channels: (UInt8, UInt8, UInt8) {
    guard saturation > 0 else { return (value, value, value) }
    let turn = Double(hue) * 6 / 255
    let sextant = Int(turn)
    let fraction = Float(turn - Double(sextant))
    let strength = Float(Double(saturation) / 255)
    let part = { (share: Double) in UInt8((Double(value) * (1 - share)).rounded()) }
    let low = part(Double(strength))
    let falling = part(Double(strength * fraction))
    let rising = part(Double(strength) * (1 - Double(fraction)))
    switch sextant % 6 {
    case 0: return (value, rising, low)
    case 1: return (falling, value, low)
    case 2: return (low, value, rising)
    case 3: return (low, falling, value)
    case 4: return (rising, low, value)
    default: return (value, low, falling)
    }
  }
}
