import Imaging
import Tensors

/// Maps at other resolutions: bilinear, without aligned corners, as everywhere here.
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
    let part =
      part ?? Region(x: 0, y: 0, width: Double(columns), height: Double(rows))
    if part.width == Double(width), part.height == Double(height),
      (height, width) == (rows, columns)
    {
      return map.elements
    }
    let across = (0..<width).map { tap($0, part.x, part.width / Double(width), columns) }
    var values: [Float] = []
    values.reserveCapacity(height * width)
    for row in 0..<height {
      let down = tap(row, part.y, part.height / Double(height), rows)
      for column in across {
        let (upper, lower) = (down.first * columns, down.second * columns)
        let above = mixed(map[upper + column.first], map[upper + column.second], column.share)
        let below = mixed(map[lower + column.first], map[lower + column.second], column.share)
        values.append(Float(above + down.share * (below - above)))
      }
    }
    return values
  }

  private static func mixed(_ first: Float, _ second: Float, _ share: Double) -> Double {
    Double(first) + share * (Double(second) - Double(first))
  }

  /// The two positions that a place lies between, and how near the second is.
  static func tap(
    _ place: Int, _ start: Double, _ step: Double, _ count: Int
  ) -> (first: Int, second: Int, share: Double) {
    let source = max(start + (Double(place) + 0.5) * step - 0.5, 0)
    let first = min(Int(source), count - 1)
    return (first, min(first + 1, count - 1), min(source - Double(first), 1))
  }
}
