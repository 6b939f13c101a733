import Tensors

/// The segments that XRAI grows its regions from: those of six scales, each grown by a disc.
public struct PictureSegments: Sendable, Hashable {
  /// The scales, in the order of their segments.
  public static let scales: [Double] = [50, 100, 150, 250, 500, 1200]

  /// The deviation of the smoothing, in pixels.
  public static let sigma = 0.8

  /// Pictures are segmented at this height and width; what they have otherwise is resized.
  public static let side = 224

  /// The pixels of the smallest segment.
  public var minimumSize: Int
  /// The radius of the disc, in pixels of the picture's own size.
  public var dilation: Int

  /// A way to segment pictures.
  public init(minimumSize: Int = 150, dilation: Int = 5) {
    self.minimumSize = minimumSize
    self.dilation = dilation
  }

  /// The pixels of each segment, ascending: scale by scale, within a scale by label.
  /// - Parameter picture: `[1, C, H, W]`, normalised as the network expects it.
  /// - Returns: the pixels of each segment.
  public func masks(of picture: HostTensor<Float>) -> [[Int32]] {
    let (height, width) = (picture.shape[2], picture.shape[3])
    let graph = PixelGraph(Self.stretched(picture), sigma: Self.sigma)
    return Self.scales.flatMap { scale in
      graph.segmentation(scale: scale, minimumSize: minimumSize)
        .resized(height: height, width: width).masks(grownBy: dilation)
    }
  }

  /// 2·(x − min) / (max − min) − 1 at the size for segments, `[C, 224, 224]`, in double precision.
  ///
  /// Minimum and maximum are those of all channels. A picture of one number becomes zeros.
  static func stretched(_ picture: HostTensor<Float>) -> HostTensor<Double> {
    let shape = picture.shape
    let values = picture.elements.map(Double.init)
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    let span = high > low ? high - low : 1
    let stretched = HostTensor<Double>(
      [shape[1], shape[2], shape[3]],
      values.map { high > low ? ($0 - low) / span * 2 - 1 : 0 })
    return resized(stretched, height: side, width: side)
  }

  /// Bilinear resizing, pixel centres at half-integers.
  private static func resized(
    _ picture: HostTensor<Double>, height: Int, width: Int
  ) -> HostTensor<Double> {
    let (oldHeight, oldWidth) = (picture.shape[1], picture.shape[2])
    if oldHeight == height, oldWidth == width { return picture }
    let rows = places(height, of: oldHeight)
    let columns = places(width, of: oldWidth)
    return HostTensor([picture.shape[0], height, width]) { index in
      let start = index / (height * width) * oldHeight * oldWidth
      let (y, x) = (rows[index / width % height], columns[index % width])
      func across(_ row: Int) -> Double {
        let line = start + row * oldWidth
        return (1 - x.part) * picture[line + x.first] + x.part * picture[line + x.second]
      }
      return (1 - y.part) * across(y.first) + y.part * across(y.second)
    }
  }

  private static func places(
    _ count: Int, of old: Int
  ) -> [(first: Int, second: Int, part: Double)] {
    (0..<count).map { place in
      let source = max((Double(place) + 0.5) * (Double(old) / Double(count)) - 0.5, 0)
      let first = min(Int(source), old - 1)
      return (first, min(first + 1, old - 1), source - Double(first))
    }
  }
}
