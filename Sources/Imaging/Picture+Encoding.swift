extension Picture {
  /// The largest side that JPEG can hold.
  public static let jpegSideMaximum = 65_500

  /// A PNG file of 8-bit RGB, without metadata.
  /// - Parameter compression: zlib's level, 0 (none) to 9 (smallest).
  /// - Returns: the bytes of the file.
  /// - Throws: `ImagingError.memory`.
  public func png(compression: Int = 6) throws(ImagingError) -> [UInt8] {
    try Codec.encodePNG(
      bytes, width: width, height: height, channels: 3, compression: min(max(compression, 0), 9))
  }

  /// A baseline JPEG file with 4:2:0 chroma, without metadata.
  /// - Parameter quality: libjpeg's scale, 1 to 100.
  /// - Returns: the bytes of the file.
  /// - Throws: `ImagingError.size` where a side is longer than JPEG can hold; `.memory`.
  public func jpeg(quality: Int = 90) throws(ImagingError) -> [UInt8] {
    guard max(width, height) <= Picture.jpegSideMaximum else {
      throw .size("\(width)x\(height) is more than JPEG's \(Picture.jpegSideMaximum) a side")
    }
    return try Codec.encodeJPEG(self, quality: min(max(quality, 1), 100))
  }

  /// A file of a format: PNG, or JPEG of quality 90.
  public func encoded(as format: PictureFormat) throws(ImagingError) -> [UInt8] {
    switch format {
    case .png: try png()
    case .jpeg: try jpeg()
    }
  }
}

extension GrayPicture {
  /// A PNG file of 8-bit grey, without metadata.
  /// - Parameter compression: zlib's level, 0 (none) to 9 (smallest).
  /// - Returns: the bytes of the file.
  /// - Throws: `ImagingError.memory`.
  public func png(compression: Int = 6) throws(ImagingError) -> [UInt8] {
    try Codec.encodePNG(
      values, width: width, height: height, channels: 1, compression: min(max(compression, 0), 9))
  }
}
