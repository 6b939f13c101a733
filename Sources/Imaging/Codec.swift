import CImageCodecs

/// The C codecs, worn as Swift values.
enum Codec {
  /// What the decoder of a format says about a file.
  struct Decoded {
    let picture: Picture
    let bitDepth: Int
    let channels: Int
    let message: String
  }

  static func decode(
    _ bytes: [UInt8], _ format: PictureFormat, _ options: DecodingOptions
  ) throws(ImagingError) -> Decoded {
    var limits = cimage_limits(
      pixel_count_max: UInt64(max(options.pixelCountMaximum, 0)),
      side_max: UInt32(DecodingOptions.sideMaximum),
      scan_count_max: UInt32(DecodingOptions.scanCountMaximum),
      keep_alpha: options.alpha == .drop ? 0 : 1)
    var found = cimage_picture()
    // The decoders read from memory that they do not own.
    let status = bytes.withUnsafeBufferPointer { file in
      switch format {
      case .png: cimage_decode_png(file.baseAddress, file.count, &limits, &found)
      case .jpeg: cimage_decode_jpeg(file.baseAddress, file.count, &limits, &found)
      }
    }
    let message = text(&found.message)
    if let error = error(status, format, message) { throw error }
    defer { cimage_free(found.pixels) }
    let count = Int(found.width) * Int(found.height)
    // The pixels came from malloc and are copied once into an array, or blended into one.
    let pixels = UnsafeBufferPointer(start: found.pixels, count: count * Int(found.channels))
    let rgb =
      found.channels == 3
      ? [UInt8](pixels) : blended(pixels, over: options.alpha == .white ? 255 : 0)
    return Decoded(
      picture: Picture(width: Int(found.width), height: Int(found.height), bytes: rgb),
      bitDepth: Int(found.bit_depth), channels: Int(found.file_channels), message: message)
  }

  static func encodePNG(
    _ bytes: [UInt8], width: Int, height: Int, channels: Int, compression: Int
  ) throws(ImagingError) -> [UInt8] {
    try encoded(.png) { file in
      // The encoder reads from memory that it does not own.
      bytes.withUnsafeBufferPointer {
        cimage_encode_png(
          $0.baseAddress, UInt32(width), UInt32(height), UInt32(channels), Int32(compression),
          &file)
      }
    }
  }

  static func encodeJPEG(_ picture: Picture, quality: Int) throws(ImagingError) -> [UInt8] {
    try encoded(.jpeg) { file in
      // The encoder reads from memory that it does not own.
      picture.bytes.withUnsafeBufferPointer {
        cimage_encode_jpeg(
          $0.baseAddress, UInt32(picture.width), UInt32(picture.height), Int32(quality), &file)
      }
    }
  }

  private static func encoded(
    _ format: PictureFormat, _ body: (inout cimage_file) -> Int32
  ) throws(ImagingError) -> [UInt8] {
    var file = cimage_file()
    let status = body(&file)
    if let error = error(status, format, text(&file.message)) { throw error }
    defer { cimage_free(file.bytes) }
    // The file came from malloc and is copied once into an array.
    return [UInt8](UnsafeBufferPointer(start: file.bytes, count: file.count))
  }

  private static func error(
    _ status: Int32, _ format: PictureFormat, _ message: String
  ) -> ImagingError? {
    switch Int(status) {
    case Int(CIMAGE_OK): nil
    case Int(CIMAGE_TOO_LARGE): .tooLarge(message)
    case Int(CIMAGE_UNSUPPORTED): .unsupported(format, message)
    case Int(CIMAGE_NO_MEMORY): .memory
    default: .damaged(format, message)
    }
  }

  /// The text of a C array of characters that ends with zero.
  private static func text<Characters>(_ characters: inout Characters) -> String {
    // A fixed array of C arrives as a tuple; its bytes are the text.
    withUnsafeBytes(of: &characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// Colours laid on a grey background, with the rounding of Pillow's `paste` under a mask.
  private static func blended(
    _ pixels: UnsafeBufferPointer<UInt8>, over background: Int
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(pixels.count / 4 * 3)
    for pixel in stride(from: 0, to: pixels.count, by: 4) {
      let alpha = Int(pixels[pixel + 3])
      for channel in 0..<3 {
        let sum = background * (255 - alpha) + Int(pixels[pixel + channel]) * alpha + 128
        bytes.append(UInt8(((sum >> 8) + sum) >> 8))
      }
    }
    return bytes
  }
}
