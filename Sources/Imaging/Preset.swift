/// How a picture becomes the input of a network: resize, crop, scale, subtract, divide.
///
/// The steps run in this order, each as training pipelines compute it: sizes by torchvision's
/// rules, pixels by Pillow's resampler, and in float32
/// `(range(v) - mean[c]) / std[c]` with one rounding an operation.
public struct Preset: Sendable, Hashable {
  /// How the picture comes to its size.
  public enum Fit: Sendable, Hashable {
    /// The shorter side to `resize`, the longer in proportion; then the centre, if a crop is set.
    case shorter(resize: Int, crop: Size?)
    /// To this size, whatever the proportions; then the centre, if a crop is set.
    case exact(Size, crop: Size?)
    /// All of the picture inside of this size in its proportions, bars in the mean colour around it.
    case letterbox(Size)
  }

  /// A height and a width in pixels.
  public struct Size: Sendable, Hashable, CustomStringConvertible {
    /// Rows.
    public var height: Int
    /// Columns.
    public var width: Int

    /// A size.
    public init(height: Int, width: Int) {
      self.height = height
      self.width = width
    }

    /// A square.
    public init(_ side: Int) {
      self.init(height: side, width: side)
    }

    /// `HxW`.
    public var description: String { "\(height)x\(width)" }
  }

  /// What a channel's 0...255 becomes before the mean is subtracted.
  public enum Range: String, Sendable, Hashable, CaseIterable {
    /// `v / 255`, 0...1.
    case unit = "1"
    /// `v`, 0...255.
    case bytes = "255"
    /// `v / 127.5 - 1`, -1...1, in this order of operations.
    case signed = "-1"
  }

  /// The order of a picture's channels in the input.
  public enum Channels: String, Sendable, Hashable, CaseIterable {
    /// Red first.
    case rgb = "RGB"
    /// Blue first.
    case bgr = "BGR"
  }

  /// What the preset is called: a name, or the place that it was read from.
  public var name: String
  /// How the picture comes to its size.
  public var fit: Fit
  /// The filter.
  public var interpolation: Interpolation
  /// Which pass of a resize comes first.
  public var passOrder: PassOrder = .pillow13
  /// What 0...255 becomes.
  public var range: Range
  /// The order of the channels; `mean` and `std` follow it.
  public var channels: Channels
  /// Subtracted, one a channel, or one for all of them.
  public var mean: [Float]
  /// Divided by, one a channel, or one for all of them; never 0.
  public var std: [Float]
  /// What to do with the orientation that a camera wrote.
  public var exif: DecodingOptions.Exif
  /// What to do with transparency.
  public var alpha: DecodingOptions.Alpha = .drop

  /// A preset; what is not given is as in `imagenet`.
  public init(
    name: String, fit: Fit, interpolation: Interpolation = .bilinear, range: Range = .unit,
    channels: Channels = .rgb, mean: [Float] = Preset.imagenetMean,
    std: [Float] = Preset.imagenetStd, exif: DecodingOptions.Exif = .ignore
  ) {
    self.name = name
    self.fit = fit
    self.interpolation = interpolation
    self.range = range
    self.channels = channels
    self.mean = mean
    self.std = std
    self.exif = exif
  }

  /// The means of ImageNet's training set, RGB, 0...1.
  public static let imagenetMean: [Float] = [0.485, 0.456, 0.406]
  /// The deviations that go with them.
  public static let imagenetStd: [Float] = [0.229, 0.224, 0.225]

  /// The size of what comes out; nil where it depends on the picture.
  public var outputSize: Size? {
    switch fit {
    case .shorter(_, let crop): crop
    case .exact(let size, let crop): crop ?? size
    case .letterbox(let size): size
    }
  }

  /// How files are decoded for this preset.
  public func decodingOptions(
    pixelCountMaximum: Int = DecodingOptions.defaultPixelCountMaximum
  ) -> DecodingOptions {
    DecodingOptions(exif: exif, alpha: alpha, pixelCountMaximum: pixelCountMaximum)
  }
}
