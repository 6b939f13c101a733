import Imaging
import Tensors

/// How pictures become images of a network, and images pictures again.
public struct Preparation: Sendable, Hashable {
  /// The steps from a picture to an image.
  public var preset: Preset
  /// The channels of the network's input.
  public var channels: Int
  /// Pictures with more pixels are refused.
  public var pixelCountMaximum: Int

  /// A preparation.
  public init(
    _ preset: Preset, channels: Int,
    pixelCountMaximum: Int = DecodingOptions.defaultPixelCountMaximum
  ) {
    self.preset = preset
    self.channels = channels
    self.pixelCountMaximum = pixelCountMaximum
  }

  /// The normalised value of a black pixel, for each channel; one number serves all channels.
  public var blackLevel: [Float] { level(preset.range == .signed ? -1 : 0) }

  /// The normalised value of a white pixel, for each channel; one number serves all channels.
  public var whiteLevel: [Float] { level(preset.range == .bytes ? 255 : 1) }

  private func level(_ value: Float) -> [Float] {
    let count = max(preset.mean.count, preset.std.count)
    let levels = (0..<count).map { channel in
      let mean = preset.mean[min(channel, preset.mean.count - 1)]
      return (value - mean) / preset.std[min(channel, preset.std.count - 1)]
    }
    // A grey network takes the means of three values.
    return channels == 1 ? [levels.reduce(0, +) / Float(max(1, count))] : levels
  }

  /// Decodes and prepares a picture.
  /// - Throws: `Failure` where it cannot be read, or cannot be brought to its size.
  package func image(
    of source: PictureSource
  ) throws(Failure) -> (file: PictureFile, prepared: PreparedPicture) {
    let file = try source.decode(preset.decodingOptions(pixelCountMaximum: pixelCountMaximum))
    do throws(ImagingError) {
      return (file, try preset.apply(to: file.picture, channels: channels))
    } catch {
      throw Failure(error, at: source.path)
    }
  }

  /// The picture that an image stands for; nil where its channels are none.
  func picture(of image: HostTensor<Float>) -> Picture? { try? preset.picture(of: image) }
}
