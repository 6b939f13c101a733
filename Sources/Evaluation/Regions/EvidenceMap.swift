import Imaging
import Tensors

/// A finished map over the pixels of the picture that it explains.
///
/// The map is brought to the size of the part of the picture that it covers, bilinearly without
/// aligned corners: src = max((d + ½) · m/n − ½, 0). Pixels that it does not cover have no evidence
/// and are never pointed at.
public struct EvidenceMap: Sendable {
  /// The columns of the picture.
  public let width: Int
  /// Its rows.
  public let height: Int
  /// `height * width` values in row-major order; 0 where nothing is covered.
  public let values: [Float]
  /// The columns that are covered, and the rows.
  public let columns: Range<Int>
  /// The rows that are covered.
  public let rows: Range<Int>

  /// A map over a picture.
  /// - Parameters:
  ///   - map: `[..., h, w]` whose leading extents are 1, finite.
  ///   - region: the part of the picture that it covers, in pixels.
  ///   - width: the columns of the picture.
  ///   - height: its rows.
  public init(_ map: HostTensor<Float>, over region: Region, width: Int, height: Int) {
    let rank = map.shape.rank
    let (mapHeight, mapWidth) = (map.shape[rank - 2], map.shape[rank - 1])
    precondition(map.elements.count == mapHeight * mapWidth, "\(map.shape) is not one map")
    self.width = width
    self.height = height
    columns = Self.covered(region.x, region.width, width)
    rows = Self.covered(region.y, region.height, height)
    let across = columns.map { Self.tap($0, region.x, region.width, mapWidth) }
    var values = [Float](repeating: 0, count: width * height)
    for row in rows {
      let down = Self.tap(row, region.y, region.height, mapHeight)
      for (column, tap) in zip(columns, across) {
        values[row * width + column] = MapSampling.value(map, mapWidth, down, tap)
      }
    }
    self.values = values
  }

  /// The pixels whose centres lie in a part of an axis.
  private static func covered(_ start: Double, _ length: Double, _ extent: Int) -> Range<Int> {
    let first = Int(min(max((start - 0.5).rounded(.up), 0), Double(extent)))
    let end = Int(min(max((start + length - 0.5).rounded(.up), 0), Double(extent)))
    return first..<max(first, end)
  }

  private static func tap(
    _ pixel: Int, _ start: Double, _ length: Double, _ count: Int
  ) -> MapSampling.Tap {
    MapSampling.Tap((Double(pixel) + 0.5 - start) * (Double(count) / length) - 0.5, of: count)
  }

  /// The smallest and the largest value of the covered pixels; nil where none is covered.
  public var extremes: (low: Float, high: Float)? {
    guard !rows.isEmpty, !columns.isEmpty else { return nil }
    var (low, high) = (Float.infinity, -Float.infinity)
    for row in rows {
      for column in columns {
        low = min(low, values[row * width + column])
        high = max(high, values[row * width + column])
      }
    }
    return (low, high)
  }

  /// The covered pixel with the largest value, the first in raster order; nil where none is covered.
  public var peak: (column: Int, row: Int)? {
    var peak: (column: Int, row: Int)?
    var largest = -Float.infinity
    for row in rows {
      for column in columns where values[row * width + column] > largest || peak == nil {
        largest = values[row * width + column]
        peak = (column, row)
      }
    }
    return peak
  }

  /// The values min-maxed over the covered pixels, 0 elsewhere; zeros where all are equal.
  public var unitValues: [Double] {
    guard let (low, high) = extremes, high > low else {
      return [Double](repeating: 0, count: values.count)
    }
    let (least, range) = (Double(low), Double(high) - Double(low))
    var unit = [Double](repeating: 0, count: values.count)
    for row in rows {
      for column in columns {
        let place = row * width + column
        unit[place] = (Double(values[place]) - least) / range
      }
    }
    return unit
  }
}
