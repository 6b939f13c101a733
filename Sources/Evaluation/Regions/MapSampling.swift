import Imaging
import Operators
import Tensors

/// Maps at other resolutions: bilinear, without aligned corners, as everywhere here.
///
/// There are two taps an axis when a map is made smaller too, as PyTorch interpolates: what lies
/// between taps does not count.
public enum MapSampling {
  /// A map brought to another size.
  /// - Parameters:
  ///   - map: `[..., h, w]` whose leading extents are 1.
  ///   - part: the part of it that is taken, in its positions; nil for all of it.
  ///   - height: the rows wanted.
  ///   - width: the columns wanted.
  /// - Returns: `height * width` values in row-major order.
  public static func resized(
    _ map: HostTensor<Float>, _ part: Region? = nil, height: Int, width: Int
  ) -> [Float] {
    let (rows, columns) = (map.shape[map.shape.rank - 2], map.shape[map.shape.rank - 1])
    let whole = Region(x: 0, y: 0, width: Double(columns), height: Double(rows))
    let part = part ?? whole
    if part == whole, (height, width) == (rows, columns) { return map.elements }
    let across = (0..<width).map { place in
      Tap(part.x + (Double(place) + 0.5) * (part.width / Double(width)) - 0.5, of: columns)
    }
    var values: [Float] = []
    values.reserveCapacity(height * width)
    for row in 0..<height {
      let down = Tap(part.y + (Double(row) + 0.5) * (part.height / Double(height)) - 0.5, of: rows)
      for column in across { values.append(value(map, columns, down, column)) }
    }
    return values
  }

  /// A map under a Gaussian that reaches four deviations, the border repeated beyond it.
  static func smoothed(_ map: HostTensor<Float>, _ deviation: Double) -> HostTensor<Float> {
    let (rows, columns) = (map.shape[map.shape.rank - 2], map.shape[map.shape.rank - 1])
    let reach = Int((4 * deviation).rounded(.up))
    let bell = (-reach...reach).map { exponential(-Double($0 * $0) / (2 * deviation * deviation)) }
    let sum = bell.reduce(0, +)
    func pass(_ values: [Double], _ count: Int, _ step: Int, _ start: (Int) -> Int) -> [Double] {
      var smooth = values
      for line in 0..<values.count / count {
        let first = start(line)
        for place in 0..<count {
          var value = 0.0
          for (offset, weight) in zip(-reach...reach, bell) {
            value += weight * values[first + min(max(place + offset, 0), count - 1) * step]
          }
          smooth[first + place * step] = value / sum
        }
      }
      return smooth
    }
    let across = pass(map.elements.map(Double.init), columns, 1) { $0 * columns }
    return HostTensor(map.shape, pass(across, rows, columns) { $0 }.map(Float.init))
  }

  /// The two positions that a place lies between, and how near the second is.
  struct Tap {
    let first: Int
    let second: Int
    let share: Double

    /// The place, in positions from the middle of the first, which holds before it as the last does
    /// beyond its own.
    init(_ place: Double, of count: Int) {
      let source = min(max(place, 0), Double(count))
      first = min(Int(source), count - 1)
      second = min(first + 1, count - 1)
      share = min(source - Double(first), 1)
    }
  }

  /// The value between four positions of a map, computed in double precision and rounded to what a
  /// map holds: what is equal but for rounding stays equal.
  static func value(
    _ map: HostTensor<Float>, _ columns: Int, _ down: Tap, _ across: Tap
  ) -> Float {
    func mixed(_ row: Int) -> Double {
      let (first, second) = (
        Double(map[row * columns + across.first]), Double(map[row * columns + across.second])
      )
      return first + across.share * (second - first)
    }
    let (above, below) = (mixed(down.first), mixed(down.second))
    return Float(above + down.share * (below - above))
  }
}
