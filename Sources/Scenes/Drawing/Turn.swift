/// A direction in the plane: the cosine and the sine of an angle.
///
/// Computed from additions and multiplications alone, so that every machine gets the same bits;
/// the system's own functions differ between libraries in the last bit.
struct Turn: Sendable, Hashable {
  let cosine: Double
  let sine: Double

  /// The direction at a share of a full turn; 0.25 points down, rows being counted from the top.
  init(_ share: Double) {
    let share = share - share.rounded(.down)
    let quarter = (share * 4).rounded(.down)
    let angle = (share * 4 - quarter) * (Double.pi / 2)
    let (cosine, sine) = (Self.cosine(angle), Self.sine(angle))
    switch Int(quarter) & 3 {
    case 0: (self.cosine, self.sine) = (cosine, sine)
    case 1: (self.cosine, self.sine) = (-sine, cosine)
    case 2: (self.cosine, self.sine) = (-cosine, -sine)
    default: (self.cosine, self.sine) = (sine, -cosine)
    }
  }

  /// Taylor's series up to the 19th power; the error in `[0, pi/2]` is below 1e-15.
  private static func sine(_ x: Double) -> Double {
    x * series(x * x, first: 2)
  }

  private static func cosine(_ x: Double) -> Double {
    series(x * x, first: 1)
  }

  /// 1 - s/(k(k+1)) · (1 - s/((k+2)(k+3)) · ...), ten terms, innermost first.
  private static func series(_ square: Double, first: Double) -> Double {
    var sum = 1.0
    for term in stride(from: 18.0, through: 0, by: -2) {
      let factor = first + term
      sum = 1 - square / (factor * (factor + 1)) * sum
    }
    return sum
  }
}
