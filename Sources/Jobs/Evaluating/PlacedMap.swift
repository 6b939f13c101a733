import Evaluation
import Imaging
import Tensors

/// A finished map on its picture.
struct PlacedMap: Sendable {
  /// `[1, 1, h, w]`, at its own size.
  let map: HostTensor<Float>
  /// The part of the picture that it covers.
  let covered: Region
}

extension FinishedMap {
  /// How far two parts of a picture may differ and be one, in pixels: records are rounded.
  private static let slack = 0.01

  /// The map on the picture that it explains.
  ///
  /// A map with a record covers what the record says. Of others, one that is as large as the picture
  /// covers all of it; any other covers what the network sees.
  func placed(on facts: ImageFacts) -> PlacedMap {
    let (seen, whole) = (
      facts.region, Region(x: 0, y: 0, width: Double(facts.width), height: Double(facts.height))
    )
    if let stated {
      let isSame = zip(stated.values, seen.values).allSatisfy { abs($0 - $1) < Self.slack }
      return PlacedMap(map: tensor, covered: isSame ? seen : stated)
    }
    let isOfPicture = (tensor.shape[3], tensor.shape[2]) == (facts.width, facts.height)
    return PlacedMap(map: tensor, covered: isOfPicture ? whole : seen)
  }
}

extension PlacedMap {
  /// The map over what the network sees, `height * width` values in row-major order; where it covers
  /// nothing of that, its smallest value: no evidence.
  func values(over seen: Region, height: Int, width: Int) -> [Float] {
    guard seen != covered else { return MapSampling.resized(map, height: height, width: width) }
    let (rows, columns) = (Double(map.shape[2]), Double(map.shape[3]))
    let part = Region(
      x: (seen.x - covered.x) * columns / covered.width,
      y: (seen.y - covered.y) * rows / covered.height,
      width: seen.width * columns / covered.width, height: seen.height * rows / covered.height)
    var values = MapSampling.resized(map, part, height: height, width: width)
    let least = map.elements.min() ?? 0
    for row in 0..<height {
      let y = part.y + (Double(row) + 0.5) * part.height / Double(height)
      for column in 0..<width {
        let x = part.x + (Double(column) + 0.5) * part.width / Double(width)
        let isCovered = (0...rows).contains(y) && (0...columns).contains(x)
        if !isCovered { values[row * width + column] = least }
      }
    }
    return values
  }
}
