import Tensors

/// The pixels of a picture in segments.
public struct Segmentation: Sendable, Hashable {
  /// The rows of the picture.
  public let height: Int
  /// The columns of the picture.
  public let width: Int
  /// The segment of each pixel, row by row; segments are numbered by their first pixel.
  public let labels: [Int]
  /// How many segments there are.
  public let count: Int
}

/// The pixels of a smoothed picture with the edges between neighbours, lightest first.
///
/// Felzenszwalb and Huttenlocher, Efficient Graph-Based Image Segmentation, 2004, as scikit-image
/// 0.26 computes it: the same labels for the same picture, pixel by pixel. That takes its order of
/// arithmetic: the Gaussian sums pairs from the outside in, in double precision, down before
/// across; a segment's tolerance is rounded to single precision before an edge is compared with
/// it. Edges of exactly equal weight keep their order here (right, down, down-right, up-right, each
/// row by row); scikit-image leaves it to an unstable sort, so such pictures may differ.
///
/// Sorting is done once; `segmentation` may be asked for any number of scales.
public struct PixelGraph: Sendable {
  private let height: Int
  private let width: Int
  /// The ends of each edge, in the order of `weights`.
  private let ends: [(first: Int32, second: Int32)]
  /// The Euclidean distance of the colours at the ends, ascending; NaN last.
  private let weights: [Double]

  /// The graph of a picture.
  /// - Parameters:
  ///   - picture: `[C, H, W]`; the scale of segments refers to values of about [-1, 1].
  ///   - sigma: the deviation of the Gaussian that smooths the picture, in pixels; 0: none.
  public init(_ picture: HostTensor<Double>, sigma: Double = 0.8) {
    precondition(picture.shape.rank == 3, "a picture \(picture.shape)")
    height = picture.shape[1]
    width = picture.shape[2]
    let smooth = GaussianSmoothing(sigma: sigma).smoothed(picture)
    var ends: [(first: Int32, second: Int32)] = []
    var weights: [Double] = []
    ends.reserveCapacity(4 * height * width)
    weights.reserveCapacity(4 * height * width)
    let (planes, plane, width) = (picture.shape[0], height * width, width)
    func connect(_ rows: Range<Int>, _ columns: Range<Int>, _ first: Int, _ second: Int) {
      for y in rows {
        for x in columns {
          let (a, b) = (y * width + x + first, y * width + x + second)
          var sum = 0.0
          for c in 0..<planes {
            let difference = smooth[c * plane + a] - smooth[c * plane + b]
            sum += difference * difference
          }
          ends.append((Int32(a), Int32(b)))
          weights.append(sum.squareRoot())
        }
      }
    }
    let (lastRow, lastColumn) = (max(height - 1, 0), max(width - 1, 0))
    connect(0..<height, 0..<lastColumn, 1, 0)
    connect(0..<lastRow, 0..<width, width, 0)
    connect(0..<lastRow, 0..<lastColumn, width + 1, 0)
    connect(0..<lastRow, 0..<lastColumn, width, 1)
    let order = Self.ascending(weights)
    self.ends = order.map { ends[$0] }
    self.weights = order.map { weights[$0] }
  }

  /// The segments of the picture.
  /// - Parameters:
  ///   - scale: larger means larger segments; the tolerance of a segment is scale / 255 over its
  ///     size.
  ///   - minimumSize: smaller segments are joined to a neighbour.
  /// - Returns: the segments.
  public func segmentation(scale: Double, minimumSize: Int) -> Segmentation {
    let tolerance = scale / 255
    var forest = Forest(count: height * width)
    var inner = [Double](repeating: 0, count: height * width)
    for (edge, weight) in zip(ends, weights) {
      let (a, b) = (forest.root(edge.first), forest.root(edge.second))
      if a == b { continue }
      let (first, second) = (Int(a), Int(b))
      let limit = min(
        Float(inner[first] + tolerance / Double(forest.sizes[first])),
        Float(inner[second] + tolerance / Double(forest.sizes[second])))
      if weight < Double(limit) { inner[Int(forest.join(a, b))] = weight }
    }
    for edge in ends {
      let (a, b) = (forest.root(edge.first), forest.root(edge.second))
      if a != b, min(forest.sizes[Int(a)], forest.sizes[Int(b)]) < minimumSize {
        _ = forest.join(a, b)
      }
    }
    let (labels, count) = forest.labels()
    return Segmentation(height: height, width: width, labels: labels, count: count)
  }

  /// Places in ascending order of non-negative numbers, equal ones in their own order; NaN last.
  ///
  /// The bits of such numbers are ordered as they are: four rounds of counting, 16 bits each.
  private static func ascending(_ numbers: [Double]) -> [Int] {
    let keys = numbers.map(\.bitPattern)
    var order = Array(numbers.indices)
    var next = order
    for shift in stride(from: UInt64(0), to: 64, by: 16) {
      var starts = [Int](repeating: 0, count: 1 << 16)
      for key in keys { starts[Int(key >> shift & 0xffff)] += 1 }
      var sum = 0
      for digit in starts.indices {
        (starts[digit], sum) = (sum, sum + starts[digit])
      }
      for place in order {
        let digit = Int(keys[place] >> shift & 0xffff)
        next[starts[digit]] = place
        starts[digit] += 1
      }
      swap(&order, &next)
    }
    return order
  }
}

/// Disjoint sets of pixels; the smallest pixel of a set stands for it.
private struct Forest {
  private var parents: [Int32]
  /// The size of each set, at its root.
  private(set) var sizes: [Int]

  init(count: Int) {
    parents = (0..<Int32(count)).map { $0 }
    sizes = [Int](repeating: 1, count: count)
  }

  mutating func root(_ pixel: Int32) -> Int32 {
    var place = pixel
    while parents[Int(place)] != place {
      let above = parents[Int(parents[Int(place)])]
      parents[Int(place)] = above
      place = above
    }
    return place
  }

  /// Joins the sets of two roots and returns the root of both.
  mutating func join(_ a: Int32, _ b: Int32) -> Int32 {
    let (root, other) = (min(a, b), max(a, b))
    parents[Int(other)] = root
    sizes[Int(root)] += sizes[Int(other)]
    return root
  }

  /// The number of each pixel's set, sets counted in the order of their first pixels.
  mutating func labels() -> ([Int], count: Int) {
    var labels = [Int](repeating: 0, count: parents.count)
    var count = 0
    for pixel in labels.indices {
      let root = Int(root(Int32(pixel)))
      if root == pixel {
        labels[pixel] = count
        count += 1
      } else {
        labels[pixel] = labels[root]
      }
    }
    return (labels, count)
  }
}
