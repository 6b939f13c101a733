/// The file formats that are read and written.
public enum PictureFormat: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// Portable Network Graphics.
  case png
  /// JPEG, in a JFIF, Exif or bare file.
  case jpeg

  /// The format that the first bytes of a file announce, whatever its name is.
  public init?(_ bytes: some Collection<UInt8>) {
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else {
      return nil
    }
  }

  /// `PNG` or `JPEG`.
  public var description: String { rawValue.uppercased() }

  /// What a file that is neither seems to be, in words behind "is".
  static func guess(_ bytes: [UInt8]) -> String? {
    if bytes.isEmpty { return "empty" }
    let start = bytes.prefix(4)
    let brand = bytes.dropFirst(4).prefix(8)
    if start.starts(with: "GIF8".utf8) { return "a GIF file" }
    if start.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) {
      return "a WebP file"
    }
    if start.starts(with: [0x49, 0x49, 0x2A, 0]) || start.starts(with: [0x4D, 0x4D, 0, 0x2A]) {
      return "a TIFF file"
    }
    if brand.starts(with: "ftypavif".utf8) { return "an AVIF file" }
    if brand.starts(with: "ftyphe".utf8) || brand.starts(with: "ftypmif1".utf8) {
      return "a HEIF file"
    }
    if start.starts(with: "BM".utf8) { return "a BMP file" }
    if start.starts(with: "%PDF".utf8) { return "a PDF file" }
    if bytes.prefix(512).allSatisfy({ (0x20...0x7E).contains($0) || (9...13).contains($0) }) {
      return "text"
    }
    return nil
  }
}
