import Evaluation
import Imaging
import Tensors

/// A finished map of any resolution.
struct FinishedMap: Sendable {
  /// `[1, 1, h, w]`, finite.
  let tensor: HostTensor<Float>
  /// Whether it is known to cover what the network sees: a map that `explain` wrote.
  let coversRegion: Bool

  /// The most pixels of a map.
  private static let pixelMaximum = 1 << 28

  /// Reads a `.npy` file `[h, w]`, `[1, h, w]`, `[3, h, w]` or with more axes of 1 in front.
  ///
  /// Magnitudes are summed over three channels.
  /// - Throws: `Failure` where it is not there, is no such map, or is not finite.
  init(_ path: String, coversRegion: Bool) throws(Failure) {
    self.coversRegion = coversRegion
    let array = try NPYArray(path)
    var extents = array.shape.extents
    while extents.count > 3, extents.first == 1 { extents.removeFirst() }
    guard (2...3).contains(extents.count), !extents.contains(0),
      extents.count == 2 || extents[0] == 1 || extents[0] == 3
    else {
      throw Failure(
        .content, path, "is \(array.shape)", try: "a map is [H,W], or [3,H,W] with colours")
    }
    let (height, width) = (extents[extents.count - 2], extents[extents.count - 1])
    let (size, overflow) = height.multipliedReportingOverflow(by: width)
    guard !overflow, size <= Self.pixelMaximum else {
      throw Failure(.content, path, "a map of \(width)x\(height)", try: "make it smaller")
    }
    let hasColours = extents.count == 3 && extents[0] == 3
    var plane = [Float](repeating: 0, count: size)
    try array.forEachPiece { start, piece throws(Failure) in
      for (offset, value) in piece.enumerated() {
        // A sum of three may overflow where each of them is finite.
        let sum = hasColours ? plane[(start + offset) % size] + abs(value) : value
        guard sum.isFinite else {
          throw Failure(
            .content, path, "holds NaN, infinity or values too large to be added up",
            try: "a map must be finite")
        }
        plane[(start + offset) % size] = sum
      }
    }
    tensor = HostTensor([1, 1, height, width], plane)
  }

  /// The map over what the network sees of a picture.
  ///
  /// A map of another tool that is as large as the picture covers all of it and is cut; any other map
  /// covers what the network sees.
  func overRegion(of facts: ImageFacts) -> HostTensor<Float> {
    let (height, width) = (tensor.shape[2], tensor.shape[3])
    let whole = Region(
      x: 0, y: 0, width: Double(facts.width), height: Double(facts.height))
    guard !coversRegion, (width, height) == (facts.width, facts.height), facts.region != whole
    else { return tensor }
    let (rows, columns) = (
      Int(facts.region.height.rounded()), Int(facts.region.width.rounded())
    )
    guard rows > 0, columns > 0, rows * columns <= Self.pixelMaximum else { return tensor }
    let part = MapSampling.resized(tensor, facts.region, height: rows, width: columns)
    return HostTensor([1, 1, rows, columns], part)
  }
}
