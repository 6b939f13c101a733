import Tensors

/// What a network gets of a picture.
public struct PreparedPicture: Sendable {
  /// `[channels, height, width]`, float32, scaled and normalised.
  public let input: HostTensor<Float>
  /// The same pixels before normalisation, RGB, as large as the input.
  public let picture: Picture
  /// The part of the original picture that the input shows, in its pixels.
  public let region: Region
}

extension Preset {
  /// Prepares a picture.
  /// - Parameters:
  ///   - picture: RGB, as decoded with `decodingOptions`.
  ///   - channels: the channels of the network's input: 3, or 1 for grey by ITU-R 601.
  /// - Returns: the input, its pixels, and the part of the picture that they show.
  /// - Throws: `ImagingError.size` where the picture is so narrow that its resized form would be
  ///   larger than a decoded file may be; `.preset` where mean or deviation do not fit.
  public func apply(to picture: Picture, channels: Int = 3) throws(ImagingError) -> PreparedPicture
  {
    let (pixels, region) = try fitted(Self.source(picture, channels))
    return PreparedPicture(
      input: try normalised(pixels, channels: channels), picture: pixels, region: region)
  }

  /// The input that shows a picture as it is: it is scaled and normalised only.
  /// - Parameters:
  ///   - picture: RGB, at the size of the input.
  ///   - channels: the channels of the network's input: 3, or 1 for grey by ITU-R 601.
  /// - Returns: `[channels, height, width]`.
  /// - Throws: `ImagingError.preset` where mean or deviation do not fit.
  public func input(
    of picture: Picture, channels: Int = 3
  ) throws(ImagingError) -> HostTensor<Float> {
    try normalised(Self.source(picture, channels), channels: channels)
  }

  private static func source(_ picture: Picture, _ channels: Int) -> Picture {
    channels == 1 ? Picture(GrayPicture(luma: picture)) : picture
  }

  /// The pixels that the network gets, before normalisation, and what they show.
  func fitted(_ picture: Picture) throws(ImagingError) -> (Picture, Region) {
    let original = (width: Double(picture.width), height: Double(picture.height))
    let size = try resizedSize(of: picture)
    let resized = picture.resized(
      width: size.width, height: size.height, interpolation, order: passOrder)
    guard let target = outputSize else { return (resized, Region(of: picture)) }
    let x = Picture.centredStart(of: target.width, in: size.width)
    let y = Picture.centredStart(of: target.height, in: size.height)
    let region = Region(
      x: Double(x), y: Double(y), width: Double(target.width), height: Double(target.height)
    ).scaled(
      x: original.width / Double(size.width), y: original.height / Double(size.height))
    let cropped = resized.cropped(
      x: x, y: y, width: target.width, height: target.height, background: background)
    return (cropped, region)
  }

  private func resizedSize(of picture: Picture) throws(ImagingError) -> (width: Int, height: Int) {
    let size =
      switch fit {
      case .shorter(let side, _): picture.size(withShorterSide: side)
      case .exact(let size, _): (size.width, size.height)
      case .letterbox(let size): picture.size(inside: size)
      }
    let (count, overflow) = size.0.multipliedReportingOverflow(by: size.1)
    guard !overflow, count <= DecodingOptions.defaultPixelCountMaximum else {
      throw .size(
        "\(picture.width)x\(picture.height) would become \(size.0)x\(size.1), too narrow to resize")
    }
    return (size.0, size.1)
  }

  /// What lies outside of the picture: black, as torchvision pads, and around a letterbox the mean.
  private var background: Color {
    guard case .letterbox = fit else { return .black }
    let bytes = (0..<3).map { channel -> UInt8 in
      let mean = mean.count == 1 ? mean[0] : channel < mean.count ? mean[channel] : 0
      let value: Float =
        switch range {
        case .unit: mean * 255
        case .bytes: mean
        case .signed: (mean + 1) * 127.5
        }
      return UInt8(min(max(value.rounded(.toNearestOrEven), 0), 255))
    }
    return channels == .rgb
      ? Color(bytes[0], bytes[1], bytes[2]) : Color(bytes[2], bytes[1], bytes[0])
  }

  private func normalised(_ picture: Picture, channels count: Int) throws(ImagingError)
    -> HostTensor<Float>
  {
    guard count == 1 || count == 3 else {
      throw .size("a picture has 1 or 3 channels, the network takes \(count)")
    }
    let mean = try Preset.values(mean, count, "mean")
    let std = try Preset.values(std, count, "std")
    let pixelCount = picture.width * picture.height
    var elements: [Float] = []
    elements.reserveCapacity(count * pixelCount)
    for channel in 0..<count {
      let table = (0..<256).map { (scaled(Float($0)) - mean[channel]) / std[channel] }
      let offset = channels == .rgb ? channel : count - 1 - channel
      for pixel in 0..<pixelCount {
        elements.append(table[Int(picture.bytes[3 * pixel + offset])])
      }
    }
    return HostTensor([count, picture.height, picture.width], elements)
  }

  private func scaled(_ value: Float) -> Float {
    switch range {
    case .unit: value / 255
    case .bytes: value
    case .signed: value / 127.5 - 1
    }
  }

  /// One value a channel; of three values a grey network takes their mean.
  static func values(_ list: [Float], _ count: Int, _ key: String) throws(ImagingError) -> [Float] {
    if list.count == count { return list }
    if list.count == 1 { return [Float](repeating: list[0], count: count) }
    if count == 1, list.count == 3 {
      return [Float(list.reduce(0.0) { $0 + Double($1) } / 3)]
    }
    throw .preset(key: key, "\(list.count) values for \(count) channels")
  }
}

extension Preset {
  /// The pixels, 0...255, that an input of this preset stands for, clamped and rounded.
  ///
  /// For inputs that came without a picture. `input` is `[1 or 3, height, width]`.
  /// - Throws: `ImagingError.size` for another number of channels, `.preset` as `apply`.
  public func picture(of input: HostTensor<Float>) throws(ImagingError) -> Picture {
    guard input.shape.rank == 3, input.shape[0] == 1 || input.shape[0] == 3,
      input.shape.elementCount > 0
    else { throw .size("\(input.shape) is not an input of 1 or 3 channels") }
    let count = input.shape[0]
    let mean = try Preset.values(mean, count, "mean")
    let std = try Preset.values(std, count, "std")
    let pixelCount = input.shape[1] * input.shape[2]
    var bytes = [UInt8](repeating: 0, count: pixelCount * 3)
    for channel in 0..<3 {
      let plane = count == 1 ? 0 : channels == .rgb ? channel : 2 - channel
      for pixel in 0..<pixelCount {
        let value = input[plane * pixelCount + pixel] * std[plane] + mean[plane]
        let byte: Float =
          switch range {
          case .unit: value * 255
          case .bytes: value
          case .signed: (value + 1) * 127.5
          }
        // The comparison also turns NaN into 0.
        bytes[3 * pixel + channel] = byte > 0 ? UInt8(min(byte, 255).rounded()) : 0
      }
    }
    return Picture(width: input.shape[2], height: input.shape[1], bytes: bytes)
  }
}

extension Picture {
  /// The largest size of this picture's proportions inside another one, at least 1 a side.
  func size(inside box: Preset.Size) -> (width: Int, height: Int) {
    let scale = min(Double(box.width) / Double(width), Double(box.height) / Double(height))
    let width = (Double(width) * scale).rounded(.toNearestOrEven)
    let height = (Double(height) * scale).rounded(.toNearestOrEven)
    return (min(max(Int(width), 1), box.width), min(max(Int(height), 1), box.height))
  }
}
