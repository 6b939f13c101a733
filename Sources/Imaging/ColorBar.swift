/// A legend: the colours of a map from left to right, with numbers below.
public struct ColorBar: Sendable, Hashable {
  /// The colours.
  public var colorMap: ColorMap
  /// The value at the left end.
  public var low: Double
  /// The value at the right end.
  public var high: Double
  /// How many numbers, at both ends and evenly between; at least 2.
  public var tickCount: Int

  /// A legend from `low` to `high`.
  public init(_ colorMap: ColorMap, low: Double = 0, high: Double = 1, tickCount: Int = 3) {
    self.colorMap = colorMap
    self.low = low
    self.high = high
    self.tickCount = max(tickCount, 2)
  }

  /// The legend on white.
  /// - Parameters:
  ///   - width: in pixels, at least 1; numbers that would touch the one before are left out.
  ///   - barHeight: of the colours, at least 1; ticks and numbers take 12 more.
  /// - Returns: a picture of that width.
  public func picture(width: Int, barHeight: Int = 10) -> Picture {
    let width = max(width, 1)
    let barHeight = max(barHeight, 1)
    var picture = Picture(width: width, height: barHeight + 12, filledWith: .white)
    let colors = colorMap.colors
    for x in 0..<width {
      let index = width == 1 ? 255 : x * 255 / (width - 1)
      picture.fill(x: x, y: 0, width: 1, height: barHeight, with: colors[index])
    }
    var free = 0
    for tick in 0..<tickCount {
      let share = Double(tick) / Double(tickCount - 1)
      let x = Int((share * Double(width - 1)).rounded())
      let text = ColorBar.text(low + share * (high - low))
      // One pixel of space behind the last letter is not needed.
      let textWidth = Picture.textSize(text).width - 1
      let left = min(max(x - textWidth / 2, 0), max(width - textWidth, 0))
      guard left >= free else { continue }
      picture.fill(x: x, y: barHeight, width: 1, height: 3, with: .black)
      picture.write(text, x: left, y: barHeight + 4)
      free = left + textWidth + 3
    }
    return picture
  }

  /// A number in at most four significant digits.
  static func text(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    if value == 0 { return "0" }
    var unit = 1.0
    var exponent = 0
    var magnitude = abs(value)
    while magnitude >= 10 {
      magnitude /= 10
      exponent += 1
    }
    while magnitude < 1 {
      magnitude *= 10
      exponent -= 1
    }
    guard (-4..<6).contains(exponent) else {
      let digits = (magnitude * 100).rounded() / 100
      return "\(value < 0 ? "-" : "")\(digits)e\(exponent)"
    }
    for _ in 0..<max(3 - exponent, 0) { unit *= 10 }
    let rounded = (value * unit).rounded() / unit
    let text = "\(rounded)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
