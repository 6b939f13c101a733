extension Picture {
  /// Fills a rectangle; what would lie outside is cut off.
  public mutating func fill(x: Int, y: Int, width: Int, height: Int, with color: Color) {
    for row in max(y, 0)..<max(min(y + height, self.height), max(y, 0)) {
      for column in max(x, 0)..<max(min(x + width, self.width), max(x, 0)) {
        self[column, row] = color
      }
    }
  }

  /// Draws the frame of a rectangle, one pixel wide.
  public mutating func frame(x: Int, y: Int, width: Int, height: Int, with color: Color) {
    fill(x: x, y: y, width: width, height: 1, with: color)
    fill(x: x, y: y + height - 1, width: width, height: 1, with: color)
    fill(x: x, y: y, width: 1, height: height, with: color)
    fill(x: x + width - 1, y: y, width: 1, height: height, with: color)
  }

  /// Writes one line of text; what would lie outside is cut off.
  ///
  /// - Parameters:
  ///   - text: printable ASCII and letters of Latin-1; other characters become boxes.
  ///   - x: the left edge of the first letter.
  ///   - y: the upper edge.
  ///   - color: of the letters; nothing is drawn behind them.
  ///   - scale: pixels a dot, at least 1.
  public mutating func write(
    _ text: String, x: Int, y: Int, color: Color = .black, scale: Int = 1
  ) {
    var left = x
    for letter in text.unicodeScalars {
      if left >= width { return }
      for (column, bits) in Font.columns(of: letter).enumerated() {
        for row in 0..<Font.rowCount where bits >> row & 1 == 1 {
          fill(
            x: left + column * scale, y: y + (row - Font.rise) * scale, width: scale,
            height: scale, with: color)
        }
      }
      left += Font.advance * scale
    }
  }

  /// The width and height that a line of text takes.
  public static func textSize(_ text: String, scale: Int = 1) -> (width: Int, height: Int) {
    (text.unicodeScalars.count * Font.advance * scale, Font.lineHeight * scale)
  }

  /// The text, cut and ended with two dots where it is wider than the pixels given.
  public static func shortened(_ text: String, width: Int, scale: Int = 1) -> String {
    let count = max(width, 0) / (Font.advance * scale)
    guard text.unicodeScalars.count > count else { return text }
    var short = String.UnicodeScalarView()
    short.append(contentsOf: text.unicodeScalars.prefix(max(count - 2, 0)))
    return String(short) + String(repeating: ".", count: min(count, 2))
  }
}
