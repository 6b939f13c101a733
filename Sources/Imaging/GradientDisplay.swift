import Tensors

/// How gradients of the input, unbounded and of both signs, become values to look at.
public enum GradientDisplay: String, Sendable, Hashable, CaseIterable {
  /// `clip((v - min) / (P99 - min))` of the sum of magnitudes over channels, P99 the 99th percentile.
  case grey99
  /// `clip((v + span) / (2 span))` of the sum over channels, span = |P99|; no evidence is 0.5.
  case signed99
  /// `clip(0.1 (v - mean) / (deviation + 1e-5) + 0.5)` of each channel, as pytorch-grad-cam.
  case deprocess
  /// `(v - min) / (max - min)` of the sum of magnitudes, as the repository of Group-CAM: it computes
  /// the 99th percentile and does not use it.
  case groupCAM = "groupcam"

  /// Whether three channels stay three.
  public var hasColours: Bool { self == .deprocess }

  /// Values to look at, 0...1.
  /// - Parameter gradients: `[3, height, width]`, or `[1, height, width]` or `[height, width]`.
  /// - Returns: one value a position, those of `picture` before they are rounded; nil for any other
  ///   shape, and for `deprocess`, which has colours.
  public func values(of gradients: HostTensor<Float>) -> SaliencyMap? {
    guard !hasColours, let planes = try? GradientDisplay.planes(gradients) else { return nil }
    let shape = gradients.shape
    return SaliencyMap(
      width: shape[shape.rank - 1], height: shape[shape.rank - 2],
      values: unit(planes).map { min(max($0, 0), 1) })
  }

  /// One plane of values, not clipped yet.
  private func unit(_ planes: [[Float]]) -> [Float] {
    switch self {
    case .grey99, .groupCAM, .deprocess:
      let map = GradientDisplay.summed(planes) { abs($0) }
      let low = map.min() ?? 0
      let high = self == .grey99 ? GradientDisplay.percentile99(map) : map.max() ?? 0
      // Where hardly anything is not zero, the percentile is the minimum: what stands out is shown.
      let span = (high > low ? high : map.max() ?? 0) - low
      return map.map { span > 0 ? ($0 - low) / span : 0 }
    case .signed99:
      let map = GradientDisplay.summed(planes) { $0 }
      let span = abs(GradientDisplay.percentile99(map))
      return map.map { span > 0 ? ($0 + span) / (2 * span) : 0.5 }
    }
  }

  /// A picture of gradients.
  /// - Parameter gradients: `[3, height, width]`, or `[1, height, width]` or `[height, width]`.
  /// - Returns: grey, or RGB for `deprocess` of three channels; values `trunc(255 v)`. Where all
  ///   values are equal, `grey99` is black and `signed99` grey.
  /// - Throws: `ImagingError.size` for any other shape.
  public func picture(of gradients: HostTensor<Float>) throws(ImagingError) -> Picture {
    let planes = try GradientDisplay.planes(gradients)
    switch self {
    case .grey99, .signed99, .groupCAM: return picture(gradients.shape, [unit(planes)])
    case .deprocess:
      let all = planes.flatMap { $0.map(Double.init) }
      let mean = all.reduce(0, +) / Double(all.count)
      let variance = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count)
      let deviation = variance.squareRoot() + 1e-5
      return picture(
        gradients.shape,
        planes.map { plane in plane.map { Float(0.1 * (Double($0) - mean) / deviation + 0.5) } })
    }
  }

  /// The channels; a value that is not finite counts as 0.
  private static func planes(_ tensor: HostTensor<Float>) throws(ImagingError) -> [[Float]] {
    let shape = tensor.shape
    let channels = shape.rank == 2 ? 1 : shape.rank == 3 ? shape[0] : 0
    guard channels == 1 || channels == 3, shape.elementCount > 0 else {
      throw .size("\(shape) is not a map of 1 or 3 channels")
    }
    let size = tensor.elements.count / channels
    return (0..<channels).map { channel in
      tensor.elements[channel * size..<(channel + 1) * size].map { $0.isFinite ? $0 : 0 }
    }
  }

  private static func summed(_ planes: [[Float]], _ value: (Float) -> Float) -> [Float] {
    planes[0].indices.map { place in planes.reduce(0) { $0 + value($1[place]) } }
  }

  /// The 99th percentile, linear between order statistics in Double, then rounded, as NumPy.
  static func percentile99(_ values: [Float]) -> Float {
    let sorted = values.sorted()
    let place = 0.99 * Double(sorted.count - 1)
    let low = Int(place)
    let first = Double(sorted[low])
    let second = Double(sorted[min(low + 1, sorted.count - 1)])
    return Float(first + (place - Double(low)) * (second - first))
  }

  private func picture(_ shape: Shape, _ planes: [[Float]]) -> Picture {
    let width = shape[shape.rank - 1]
    let height = shape[shape.rank - 2]
    var bytes: [UInt8] = []
    bytes.reserveCapacity(width * height * 3)
    for place in 0..<width * height {
      for channel in 0..<3 {
        bytes.append(UInt8(ColorMap.index(planes[planes.count == 3 ? channel : 0][place])))
      }
    }
    return Picture(width: width, height: height, bytes: bytes)
  }
}
