import Operators
import Tensors

/// The Gaussian of SciPy's `gaussian_filter`: cut at four deviations, borders mirrored with the
/// edge pixel repeated, down the picture before across it.
struct GaussianSmoothing {
  /// The weights from the centre outwards.
  let weights: [Double]

  init(sigma: Double) {
    guard sigma > 1e-15 else {
      weights = [1]
      return
    }
    let radius = Int(4 * sigma + 0.5)
    let powers = (-radius...radius).map { exponential(-0.5 / (sigma * sigma) * Double($0 * $0)) }
    let sum = Self.sum(powers)
    weights = (0...radius).map { powers[radius + $0] / sum }
  }

  /// The sum as NumPy orders it: eight running sums where there are as many numbers, and halves
  /// where there are more than 128.
  private static func sum(_ numbers: [Double]) -> Double {
    guard numbers.count >= 8 else { return numbers.reduce(0, +) }
    guard numbers.count <= 128 else {
      let half = numbers.count / 2 / 8 * 8
      return sum(Array(numbers[..<half])) + sum(Array(numbers[half...]))
    }
    var lanes = Array(numbers[..<8])
    let whole = numbers.count / 8 * 8
    for place in 8..<whole { lanes[place % 8] += numbers[place] }
    let sum =
      ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]))
      + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
    return numbers[whole...].reduce(sum, +)
  }

  /// A smoothed picture `[C, H, W]`, its elements in order.
  func smoothed(_ picture: HostTensor<Double>) -> [Double] {
    guard weights.count > 1 else { return picture.elements }
    let (height, width) = (picture.shape[1], picture.shape[2])
    var pixels = picture.elements
    for plane in 0..<picture.shape[0] {
      let start = plane * height * width
      for x in 0..<width { smooth(&pixels, from: start + x, step: width, count: height) }
      for y in 0..<height { smooth(&pixels, from: start + y * width, step: 1, count: width) }
    }
    return pixels
  }

  private func smooth(_ pixels: inout [Double], from start: Int, step: Int, count: Int) {
    let radius = weights.count - 1
    let line = (-radius..<count + radius).map { place in
      pixels[start + Self.mirrored(place, count) * step]
    }
    for place in 0..<count {
      let centre = place + radius
      var sum = line[centre] * weights[0]
      for distance in stride(from: radius, to: 0, by: -1) {
        sum += (line[centre - distance] + line[centre + distance]) * weights[distance]
      }
      pixels[start + place * step] = sum
    }
  }

  /// The place of a mirrored line: -1 is 0, -2 is 1, and so on beyond both ends.
  private static func mirrored(_ place: Int, _ count: Int) -> Int {
    let period = 2 * count
    let inside = ((place % period) + period) % period
    return inside < count ? inside : period - 1 - inside
  }
}
