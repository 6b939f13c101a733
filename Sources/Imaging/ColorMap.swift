/// A table of 256 colours from little to much evidence, the same as OpenCV's.
///
/// inferno, viridis and turbo are also matplotlib's, rounded; jet is OpenCV's own.
public enum ColorMap: String, Sendable, Hashable, CaseIterable {
  /// Black over red to pale yellow; even in lightness. The default.
  case inferno
  /// Violet over green to yellow; even in lightness.
  case viridis
  /// A rainbow with smooth lightness.
  case turbo
  /// The rainbow of the first papers; its steps in lightness show edges that are not there.
  case jet

  /// The 256 colours.
  public var colors: [Color] {
    var values: [UInt8] = []
    var high: UInt8?
    for digit in digits.utf8 where digit > 0x20 {
      let value = digit >= 0x61 ? digit - 0x61 + 10 : digit - 0x30
      guard let first = high else {
        high = value
        continue
      }
      values.append(first << 4 | value)
      high = nil
    }
    return stride(from: 0, to: values.count, by: 3).map { place in
      Color(values[place], values[place + 1], values[place + 2])
    }
  }

  /// The colours of a map, one a value: index `trunc(255 v)`.
  /// - Parameter map: values in 0...1; what lies outside is clamped, NaN counts as 0.
  /// - Returns: a picture of the size of the map.
  public func picture(of map: SaliencyMap) -> Picture {
    let colors = colors
    var picture = Picture(width: map.width, height: map.height, filledWith: .black)
    for y in 0..<map.height {
      for x in 0..<map.width {
        picture[x, y] = colors[ColorMap.index(map.values[y * map.width + x])]
      }
    }
    return picture
  }

  /// The index of a value, `trunc(255 v)` in float32.
  static func index(_ value: Float) -> Int {
    // The comparison also turns NaN into 0.
    value > 0 ? Int(255 * min(value, 1)) : 0
  }
}
