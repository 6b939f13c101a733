/// Smooth random hills: value noise on a lattice, several octaves (Perlin 1985, with values).
struct Noise: Sendable {
  private let seed: UInt64

  init(seed: UInt64) {
    self.seed = seed
  }

  /// A value in [0, 1], one octave; the lattice has a spacing of 1.
  func value(_ x: Double, _ y: Double) -> Double {
    let (left, top) = (x.rounded(.down), y.rounded(.down))
    let (column, row) = (Int(left), Int(top))
    let (across, down) = (Self.ease(x - left), Self.ease(y - top))
    let upper = corner(column, row) * (1 - across) + corner(column + 1, row) * across
    let lower = corner(column, row + 1) * (1 - across) + corner(column + 1, row + 1) * across
    return upper * (1 - down) + lower * down
  }

  /// A value in [0, 1]: octaves of double frequency and half the height.
  func fractal(_ x: Double, _ y: Double, octaves: Int = 3) -> Double {
    var (sum, height, total, scale) = (0.0, 1.0, 0.0, 1.0)
    for octave in 0..<octaves {
      sum += height * value(x * scale + Double(octave) * 17.3, y * scale)
      total += height
      height /= 2
      scale *= 2
    }
    return sum / total
  }

  private func corner(_ column: Int, _ row: Int) -> Double {
    let place =
      UInt64(bitPattern: Int64(column)) &* 0x9e37_79b9_7f4a_7c15
      ^ (UInt64(bitPattern: Int64(row)) &* 0xc2b2_ae3d_27d4_eb4f)
    return Double(RandomStream.mixed(seed ^ place) >> 11) * 0x1p-53
  }

  private static func ease(_ share: Double) -> Double { share * share * (3 - 2 * share) }
}
