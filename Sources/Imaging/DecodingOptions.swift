/// How files are decoded.
public struct DecodingOptions: Sendable, Hashable {
  /// What to do with the orientation that a camera wrote into the file.
  public enum Exif: String, Sendable, Hashable, CaseIterable {
    /// Turn and mirror the picture so that it is upright.
    case apply
    /// Leave the pixels as they are stored, as Pillow and torchvision do.
    case ignore
  }

  /// What to do with transparency; JPEG has none.
  public enum Alpha: String, Sendable, Hashable, CaseIterable {
    /// Keep the colours, even below alpha 0, as Pillow's `convert("RGB")` does.
    case drop
    /// Lay the picture on white.
    case white
    /// Lay the picture on black.
    case black
  }

  /// What to do with the orientation.
  public var exif: Exif
  /// What to do with transparency.
  public var alpha: Alpha
  /// The most pixels that a file may have, whatever it says about itself.
  public var pixelCountMaximum: Int

  /// Pillow's limit: a quarter of a gibibyte as RGB.
  public static let defaultPixelCountMaximum = 89_478_485
  /// The most pixels a side.
  public static let sideMaximum = 65_535
  /// The most scans of a JPEG file; real ones have about ten.
  ///
  /// Each costs a pass over the picture: above 4 million pixels fewer are taken, down to 20.
  public static let scanCountMaximum = 500

  /// Options; without arguments orientation is ignored and alpha dropped, as Pillow does.
  public init(
    exif: Exif = .ignore, alpha: Alpha = .drop,
    pixelCountMaximum: Int = DecodingOptions.defaultPixelCountMaximum
  ) {
    self.exif = exif
    self.alpha = alpha
    self.pixelCountMaximum = pixelCountMaximum
  }
}
