/// Other colours, bit for bit those of torchvision's functions on Pillow's pictures.
extension Picture {
  /// Brighter or darker: `adjust_brightness`.
  /// - Parameter factor: at least 0; 0 is black, 1 the picture itself.
  /// - Returns: a picture of the same size.
  public func brightened(by factor: Double) -> Picture { blended(over: { _ in 0 }, factor) }

  /// With more or less contrast to its mean luma: `adjust_contrast`.
  /// - Parameter factor: at least 0; 0 is even grey, 1 the picture itself.
  /// - Returns: a picture of the same size.
  public func contrasted(by factor: Double) -> Picture {
    let luma = GrayPicture(luma: self).values
    let sum = luma.reduce(0) { $0 + Int($1) }
    let mean = UInt8(Double(sum) / Double(luma.count) + 0.5)
    return blended(over: { _ in mean }, factor)
  }

  /// With more or less colour: `adjust_saturation`.
  /// - Parameter factor: at least 0; 0 is the luma, 1 the picture itself.
  /// - Returns: a picture of the same size.
  public func saturated(by factor: Double) -> Picture {
    let luma = GrayPicture(luma: self).values
    return blended(over: { luma[$0 / 3] }, factor)
  }

  /// Its negative: `invert`.
  public var inverted: Picture {
    Picture(width: width, height: height, bytes: bytes.map { 255 - $0 })
  }

  /// Its channels in another order: `permute_channels`.
  /// - Parameter order: which channel comes first, second and third; 0, 1 and 2 each once.
  /// - Returns: a picture of the same size.
  public func permutingChannels(_ order: [Int]) -> Picture {
    precondition(order.sorted() == [0, 1, 2], "\(order) is no order of channels")
    if order == [0, 1, 2] { return self }
    var result = self
    for pixel in stride(from: 0, to: bytes.count, by: 3) {
      for channel in 0..<3 { result.bytes[pixel + channel] = bytes[pixel + order[channel]] }
    }
    return result
  }

  /// `base + factor · (picture − base)` in single precision, its fraction cut off: `Image.blend`.
  private func blended(over base: (Int) -> UInt8, _ factor: Double) -> Picture {
    let factor = Float(factor)
    var result = self
    for place in bytes.indices {
      let start = Int(base(place))
      let value = Float(start) + factor * Float(Int(bytes[place]) - start)
      result.bytes[place] = UInt8(min(max(value, 0), 255))
    }
    return result
  }
}
