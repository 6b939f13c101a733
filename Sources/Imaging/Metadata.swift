/// What a file says beside its pixels: orientation, and whether it brings a colour profile.
///
/// Only lengths and a few bytes are read, never further than the file goes; what does not parse
/// counts as absent, because the pixels are whole without it.
package struct Metadata {
  /// How the camera was held; `.up` where the file states nothing.
  package private(set) var orientation = Orientation.up
  private(set) var hasProfile = false

  /// What the bytes say: a whole file, or as much of its beginning as is at hand.
  package init(_ bytes: [UInt8], _ format: PictureFormat) {
    switch format {
    case .png: readChunks(bytes)
    case .jpeg: readSegments(bytes)
    }
  }

  /// PNG: chunks of a length, a type, a body and a check sum; the first eXIf counts.
  private mutating func readChunks(_ bytes: [UInt8]) {
    var place = 8
    var foundExif = false
    while place + 12 <= bytes.count {
      let length = Int(bytes.number(at: place, 4, littleEndian: false))
      guard length <= bytes.count - place - 12 else { return }
      let type = bytes[place + 4..<place + 8]
      let body = bytes[place + 8..<place + 8 + length]
      if type.elementsEqual("iCCP".utf8) { hasProfile = true }
      if type.elementsEqual("eXIf".utf8), !foundExif {
        foundExif = true
        orientation = Metadata.orientation(exif: body) ?? .up
      }
      place += 12 + length
    }
  }

  /// JPEG: segments of a marker and a length up to the first scan; the first Exif APP1 counts.
  private mutating func readSegments(_ bytes: [UInt8]) {
    var place = 2
    var foundExif = false
    while place + 4 <= bytes.count {
      guard bytes[place] == 0xFF else {
        place += 1
        continue
      }
      let marker = bytes[place + 1]
      // Fill bytes and markers without a length.
      if marker == 0xFF || marker == 0 || (0xD0...0xD8).contains(marker) || marker == 0x01 {
        place += marker == 0xFF ? 1 : 2
        continue
      }
      if marker == 0xDA || marker == 0xD9 { return }
      let length = Int(bytes.number(at: place + 2, 2, littleEndian: false))
      guard length >= 2, length <= bytes.count - place - 2 else { return }
      let body = bytes[place + 4..<place + 2 + length]
      if marker == 0xE2, body.starts(with: "ICC_PROFILE\0".utf8) { hasProfile = true }
      if marker == 0xE1, body.starts(with: "Exif\0\0".utf8), !foundExif {
        foundExif = true
        orientation = Metadata.orientation(exif: body.dropFirst(6)) ?? .up
      }
      place += 2 + length
    }
  }

  /// Exif: a TIFF head, then entries of 12 bytes; nil where there is no valid tag.
  static func orientation(exif slice: ArraySlice<UInt8>) -> Orientation? {
    // Some writers put the head of the JPEG segment into PNG, too.
    let bytes = Array(slice.starts(with: "Exif\0\0".utf8) ? slice.dropFirst(6) : slice)
    let littleEndian: Bool
    if bytes.starts(with: [0x49, 0x49, 0x2A, 0]) {
      littleEndian = true
    } else if bytes.starts(with: [0x4D, 0x4D, 0, 0x2A]) {
      littleEndian = false
    } else {
      return nil
    }
    guard bytes.count >= 8 else { return nil }
    let start = Int(bytes.number(at: 4, 4, littleEndian: littleEndian))
    guard start <= bytes.count - 2 else { return nil }
    let count = Int(bytes.number(at: start, 2, littleEndian: littleEndian))
    for entry in 0..<count {
      let place = start + 2 + 12 * entry
      guard place + 12 <= bytes.count else { return nil }
      guard bytes.number(at: place, 2, littleEndian: littleEndian) == 0x0112 else { continue }
      // The type is SHORT (3) by the standard; LONG (4) is seen.
      let type = bytes.number(at: place + 2, 2, littleEndian: littleEndian)
      guard type == 3 || type == 4 else { return nil }
      let value = bytes.number(at: place + 8, type == 3 ? 2 : 4, littleEndian: littleEndian)
      return Orientation(rawValue: Int(value))
    }
    return nil
  }
}

extension [UInt8] {
  /// An unsigned number of 1 to 4 bytes; the caller has checked that they are there.
  fileprivate func number(at place: Int, _ byteCount: Int, littleEndian: Bool) -> UInt32 {
    var value: UInt32 = 0
    for step in 0..<byteCount {
      value = value << 8 | UInt32(self[place + (littleEndian ? byteCount - 1 - step : step)])
    }
    return value
  }
}
