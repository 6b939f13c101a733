/// How pixels between pixels are made.
public enum Interpolation: String, Sendable, Hashable, CaseIterable {
  /// The pixel whose square holds the centre; no anti-aliasing.
  case nearest
  /// Pillow's triangle filter, widened when a picture shrinks.
  case bilinear
  /// Pillow's cubic filter with a = -0.5, widened when a picture shrinks.
  case bicubic

  /// How far the filter reaches, in pixels of the coarser picture.
  var support: Double { self == .bicubic ? 2 : 1 }

  /// The weight at a distance from the centre.
  func weight(_ distance: Double) -> Double {
    let x = abs(distance)
    guard self == .bicubic else { return x < 1 ? 1 - x : 0 }
    let a = -0.5
    if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
    return 0
  }
}

/// Which of the two passes of a resize comes first; the intermediate is rounded to 8 bits.
public enum PassOrder: String, Sendable, Hashable, CaseIterable {
  /// Horizontal first, always: Pillow up to 12.
  case pillow12
  /// Vertical first where the height shrinks by more than twice what the width does: Pillow 13.
  case pillow13

  /// Whether the vertical pass comes first.
  func isVerticalFirst(from: (width: Int, height: Int), to: (width: Int, height: Int)) -> Bool {
    self == .pillow13 && to.height < from.height
      && from.height - to.height > 2 * (from.width - to.width)
  }
}
