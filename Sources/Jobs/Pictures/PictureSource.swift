import Imaging

/// A file that begins like a picture; nothing else of it has been read.
public struct PictureSource: Sendable, Hashable {
  /// Where it is.
  public let path: String
  /// How it is encoded, by its first bytes: names may lie.
  public let format: PictureFormat
  /// The size of the file.
  public let byteCount: Int

  /// The largest file that is read, in bytes.
  static let byteCountMaximum = 1 << 30

  /// Reads the first bytes of a file.
  /// - Throws: `Failure` where the file is not there or is no such picture.
  public init(_ path: String) throws(Failure) {
    let start: [UInt8]
    do throws(SystemError) {
      let file = try OpenFile(reading: path)
      byteCount = try file.byteCount()
      start = try file.bytes(at: 0, count: 512)
    } catch {
      throw error.reading(path)
    }
    guard let format = PictureFormat(start) else { throw Self.foreign(path, start) }
    self.path = path
    self.format = format
  }

  /// Decodes the picture.
  /// - Throws: `Failure` where the file cannot be read, is damaged, cut off or too large.
  package func decode(_ options: DecodingOptions) throws(Failure) -> PictureFile {
    let bytes = try Files.contents(of: path, limit: Self.byteCountMaximum)
    do throws(ImagingError) {
      return try PictureFile(bytes, options)
    } catch {
      throw Failure(error, at: path)
    }
  }

  /// The failure of a file that is none, in the words of the decoder.
  private static func foreign(_ path: String, _ start: [UInt8]) -> Failure {
    do throws(ImagingError) {
      _ = try PictureFile(start)
    } catch {
      return Failure(error, at: path)
    }
    return Failure(.content, path, "is neither PNG nor JPEG", try: "convert it to PNG")
  }
}

extension Failure {
  /// The failure behind a picture or preset that cannot be used.
  public init(_ error: ImagingError, at place: String) {
    switch error {
    case .memory: self.init(.temporary, place, error.what, try: error.hint)
    case .unknownPreset: self.init(.usage, place, "no such preset", try: error.hint)
    default: self.init(.content, place, error.what, try: error.hint)
    }
  }
}
