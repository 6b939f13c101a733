/// The connected parts of a mask.
public struct ConnectedComponents: Sendable {
  /// Which pixels touch.
  public enum Connectivity: String, Sendable, Hashable, CaseIterable {
    /// Those that share a side or a corner.
    case eight = "8"
    /// Those that share a side.
    case four = "4"
  }

  /// A part.
  public struct Component: Sendable, Hashable {
    /// Its pixels.
    public let count: Int
    /// The rectangle around it.
    public let box: RegionBox
  }

  /// The parts, in the raster order of their first pixels.
  public let components: [Component]

  /// Finds the parts of a mask.
  public init(of mask: PixelMask, _ connectivity: Connectivity) {
    var components: [Component] = []
    var isOpen = mask.isInside
    var stack: [Int] = []
    for start in isOpen.indices where isOpen[start] {
      isOpen[start] = false
      stack.append(start)
      var count = 0
      var (left, right) = (start % mask.width, start % mask.width)
      var (top, bottom) = (start / mask.width, start / mask.width)
      while let place = stack.popLast() {
        let (column, row) = (place % mask.width, place / mask.width)
        count += 1
        (left, right) = (min(left, column), max(right, column))
        (top, bottom) = (min(top, row), max(bottom, row))
        for (across, down) in connectivity.neighbours {
          let (column, row) = (column + across, row + down)
          guard (0..<mask.width).contains(column), (0..<mask.height).contains(row) else {
            continue
          }
          let next = row * mask.width + column
          guard isOpen[next] else { continue }
          isOpen[next] = false
          stack.append(next)
        }
      }
      components.append(
        Component(
          count: count, box: RegionBox(left: left, top: top, right: right, bottom: bottom)))
    }
    self.components = components
  }

  /// The part with most pixels; the first in raster order where several have as many.
  public var largest: Component? {
    components.reduce(nil) { best, next in
      guard let best, best.count >= next.count else { return next }
      return best
    }
  }
}

extension ConnectedComponents.Connectivity {
  fileprivate var neighbours: [(across: Int, down: Int)] {
    let sides = [(0, -1), (-1, 0), (1, 0), (0, 1)]
    return self == .four ? sides : sides + [(-1, -1), (1, -1), (-1, 1), (1, 1)]
  }
}
