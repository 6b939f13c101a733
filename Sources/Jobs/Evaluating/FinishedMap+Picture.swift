import Evaluation
import Imaging
import Tensors

extension FinishedMap {
  /// A finished map on its picture.
  struct Placed: Sendable {
    /// `[1, 1, h, w]`, at its own size.
    let map: HostTensor<Float>
    /// The part of the picture that it covers.
    let covered: Region
  }

  /// How far two parts of a picture may differ and be one, in pixels: records are rounded.
  private static let slack = 0.01

  /// The map on the picture that it explains.
  ///
  /// A map with a record covers what the record says. Of others, one that is as large as the picture
  /// covers all of it and is cut to what the network sees; any other covers what the network sees.
  func placed(on facts: ImageFacts) -> Placed {
    if let stated {
      let isSame = zip(stated.values, facts.region.values).allSatisfy {
        abs($0 - $1) < Self.slack
      }
      return Placed(map: tensor, covered: isSame ? facts.region : stated)
    }
    return Placed(map: cut(facts), covered: facts.region)
  }

  private func cut(_ facts: ImageFacts) -> HostTensor<Float> {
    let (height, width) = (tensor.shape[2], tensor.shape[3])
    let whole = Region(
      x: 0, y: 0, width: Double(facts.width), height: Double(facts.height))
    guard (width, height) == (facts.width, facts.height), facts.region != whole
    else { return tensor }
    let (rows, columns) = (
      Int(facts.region.height.rounded()), Int(facts.region.width.rounded())
    )
    guard rows > 0, columns > 0, rows * columns <= Self.pixelMaximum else { return tensor }
    let part = MapSampling.resized(tensor, facts.region, height: rows, width: columns)
    return HostTensor([1, 1, rows, columns], part)
  }
}

extension FinishedMap.Placed {
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
