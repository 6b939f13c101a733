import Imaging
import Tensors

/// A finished map of any resolution.
struct FinishedMap: Sendable {
  /// `[1, 1, h, w]`, finite.
  let tensor: HostTensor<Float>
  /// The part of the picture that it covers, where a record says so; nil for a map of another tool.
  let stated: Region?

  /// The most pixels of a map.
  static let pixelMaximum = 1 << 28

  /// Reads a `.npy` file `[h, w]`, `[1, h, w]`, `[3, h, w]` or with more axes of 1 in front.
  ///
  /// Magnitudes are summed over three channels.
  /// - Throws: `Failure` where it is not there, is no such map, or is not finite.
  init(_ path: String, over stated: Region? = nil) throws(Failure) {
    self.stated = stated
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
}
