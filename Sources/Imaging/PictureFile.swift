/// A decoded file: its picture, and what the file says besides.
///
/// Decoding gives the bytes of Pillow's `convert("RGB")`: palettes and grey become RGB, four
/// channels of JPEG are inverted CMYK, the upper byte of 16-bit channels counts. It differs in one
/// case: 16-bit grey is `value >> 8`, where Pillow clips everything from 255 on to white. Gamma and
/// colour profiles are passed over, as training pipelines do.
public struct PictureFile: Sendable, Hashable {
  /// The picture, upright as asked for.
  public var picture: Picture
  /// The format of the file, by its first bytes.
  public let format: PictureFormat
  /// How the camera was held, as the file states it; `.up` where it states nothing.
  public let orientation: Orientation
  /// The bits that a channel, or an index into the palette, takes in the file.
  public let bitDepth: Int
  /// The channels of the file: 1 grey or palette, 2 grey and alpha, 3 RGB, 4 RGBA or CMYK.
  public let channels: Int
  /// What the reader of a result may want to know: an ignored profile, an oddity of the file.
  public let notes: [String]

  /// Decodes a PNG or JPEG file.
  /// - Parameters:
  ///   - bytes: the whole file; nothing in it is trusted.
  ///   - options: what to do with orientation and alpha, and the limits.
  /// - Throws: `ImagingError` where the bytes are not such a picture, are damaged or cut off, or
  ///   exceed the limits. Sizes are checked before pixels are allocated.
  public init(_ bytes: [UInt8], _ options: DecodingOptions = DecodingOptions()) throws(ImagingError)
  {
    guard let format = PictureFormat(bytes) else {
      throw .format(found: PictureFormat.guess(bytes))
    }
    let decoded = try Codec.decode(bytes, format, options)
    let metadata = Metadata(bytes, format)
    var notes: [String] = []
    if !decoded.message.isEmpty { notes.append("\(format): \(decoded.message)") }
    if metadata.hasProfile { notes.append("its colour profile is not applied") }
    if metadata.orientation != .up, options.exif == .ignore {
      notes.append("not turned as its EXIF says; --exif apply does")
    }
    if format == .png, decoded.bitDepth == 16 {
      notes.append("16 bits a channel: the upper 8 are used")
    }
    self.format = format
    self.orientation = metadata.orientation
    self.bitDepth = decoded.bitDepth
    self.channels = decoded.channels
    self.notes = notes
    self.picture =
      options.exif == .apply
      ? decoded.picture.turned(metadata.orientation) : decoded.picture
  }
}
