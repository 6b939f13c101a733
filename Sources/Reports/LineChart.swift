import Jobs

/// A drawing of curves over a common axis, as plain texts: the template decides how they stand.
struct LineChart {
  /// A line of the drawing; values that are missing leave a gap of their place, and no break.
  struct Curve {
    let label: String
    let values: [Double?]

    init(_ label: String, _ values: [Double?]) {
      self.label = label
      self.values = values
    }
  }

  private let name: String
  private let curves: [Curve]
  private let axis: String
  private let first: Int

  /// A drawing.
  /// - Parameters:
  ///   - name: its title.
  ///   - curves: the lines.
  ///   - axis: what the places of the values count.
  ///   - first: the number of the first place.
  init(_ name: String, _ curves: [Curve], axis: String, from first: Int) {
    self.name = name
    self.curves = curves
    self.axis = axis
    self.first = first
  }

  /// What the template shows.
  var values: [String: Any] {
    let all = curves.flatMap(\.values).compactMap { $0 }
    let (low, top) = (min(0, all.min() ?? 0), max(all.max() ?? 1, 0))
    // Shares that reach the upper half are drawn up to 1, so that drawings can be compared.
    let high = (0.5...1).contains(top) ? 1 : top
    let span = high > low ? high - low : 1
    let last = first + (curves.map(\.values.count).max() ?? 1) - 1
    return [
      "name": name, "axis": axis, "first": String(first), "last": String(last),
      "marks": [
        ["y": "264", "text": Self.number(low)], ["y": "144", "text": Self.number(low + span / 2)],
        ["y": "24", "text": Self.number(low + span)],
      ],
      "curves": curves.enumerated().map { place, curve -> [String: Any] in
        let points = Self.points(curve.values, low, span)
        // A line of one point shows nothing.
        let dots = points.count == 1 ? points.map { ["x": $0.x, "y": $0.y] } : []
        return [
          "label": curve.label, "colour": Self.colours[place % Self.colours.count],
          "dash": Self.dashes[place / Self.colours.count % Self.dashes.count],
          "points": points.map { "\($0.x),\($0.y)" }.joined(separator: " "),
          "dots": dots,
        ]
      },
    ]
  }

  private static func points(
    _ values: [Double?], _ low: Double, _ span: Double
  ) -> [(x: String, y: String)] {
    values.enumerated().compactMap { place, value in
      guard let value else { return nil }
      let x = 50 + 410 * Double(place) / Double(max(1, values.count - 1))
      let y = 260 - 240 * (value - low) / span
      return (Quantity.fixed(x, 1), Quantity.fixed(y, 1))
    }
  }

  private static func number(_ value: Double) -> String {
    value != 0 && abs(value) < 0.01 ? Quantity.fixed(value, 6) : Quantity.fixed(value, 4)
  }

  /// Okabe and Ito's colours, told apart by most eyes, without black.
  private static let colours = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c8c00",
  ]

  /// How lines are broken once all colours are used.
  private static let dashes = ["none", "7 3", "2 3"]
}
