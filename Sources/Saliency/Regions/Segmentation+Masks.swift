import Tensors

extension Segmentation {
  /// The pixels of each segment, ascending, every one grown by a disc.
  ///
  /// A pixel belongs to a grown segment where a pixel of the segment lies within the radius:
  /// dx² + dy² ≤ radius². Grown segments overlap. A segment without pixels stays without.
  /// - Parameter radius: in pixels; 0 grows nothing.
  /// - Returns: the pixels of segment 0, 1, ...
  public func masks(grownBy radius: Int) -> [[Int32]] {
    var members = [[Int32]](repeating: [], count: count)
    for (pixel, label) in labels.enumerated() { members[label].append(Int32(pixel)) }
    guard radius > 0 else { return members }
    // How far the disc reaches to each side, for each row from its centre.
    let reaches = (0...radius).map { (dy: Int) -> Int in
      let rest = radius * radius - dy * dy
      return (0...radius).last { $0 * $0 <= rest } ?? 0
    }
    return members.map { grown($0, reaches) }
  }

  /// A disc around each pixel that has a neighbour outside; the others are inside already.
  private func grown(_ members: [Int32], _ reaches: [Int]) -> [Int32] {
    guard let first = members.first, let last = members.last else { return [] }
    let radius = reaches.count - 1
    let top = max(Int(first) / width - radius, 0)
    let bottom = min(Int(last) / width + radius, height - 1)
    var isIn = [Bool](repeating: false, count: (bottom - top + 1) * width)
    for pixel in members { isIn[Int(pixel) - top * width] = true }
    for pixel in members.map({ Int($0) }) where isOnBorder(pixel) {
      let (y, x) = (pixel / width, pixel % width)
      for row in max(y - radius, top)...min(y + radius, bottom) {
        let reach = reaches[abs(row - y)]
        for column in max(x - reach, 0)...min(x + reach, width - 1) {
          isIn[(row - top) * width + column] = true
        }
      }
    }
    return isIn.indices.filter { isIn[$0] }.map { Int32($0 + top * width) }
  }

  /// Whether one of the four neighbours of a pixel belongs to another segment.
  private func isOnBorder(_ pixel: Int) -> Bool {
    let (y, x, own) = (pixel / width, pixel % width, labels[pixel])
    return (x > 0 && labels[pixel - 1] != own) || (x < width - 1 && labels[pixel + 1] != own)
      || (y > 0 && labels[pixel - width] != own)
      || (y < height - 1 && labels[pixel + width] != own)
  }

  /// The same segments at another size, each pixel that of the nearest old one; numbers are kept.
  func resized(height newHeight: Int, width newWidth: Int) -> Segmentation {
    if newHeight == height, newWidth == width { return self }
    var found: [Int] = []
    found.reserveCapacity(newHeight * newWidth)
    for y in 0..<newHeight {
      let row = min((2 * y + 1) * height / (2 * newHeight), height - 1)
      for x in 0..<newWidth {
        found.append(labels[row * width + min((2 * x + 1) * width / (2 * newWidth), width - 1)])
      }
    }
    return Segmentation(height: newHeight, width: newWidth, labels: found, count: count)
  }
}
