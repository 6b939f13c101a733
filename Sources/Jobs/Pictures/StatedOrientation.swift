import Imaging

extension PictureSource {
  /// How the camera was held, by the first 64 KiB of the file; `.up` where they do not say.
  ///
  /// Cameras write it in front of the pixels, in the first segment.
  fileprivate var statedOrientation: Orientation {
    do throws(SystemError) {
      return Metadata(try OpenFile(reading: path).bytes(at: 0, count: 1 << 16), format).orientation
    } catch {
      return .up
    }
  }
}

extension Job {
  /// The most pictures that are looked at before a run begins.
  private static let sampleMaximum = 500

  /// How many pictures are explained as they are stored, though their cameras were turned; nil where
  /// there are none, or where they are turned upright.
  ///
  /// Of many pictures the first 500 are looked at; records say it of each.
  public var turnedLine: String? {
    guard preparation.preset.exif == .ignore else { return nil }
    let pictures = inputs.lazy.compactMap(\.picture).prefix(Self.sampleMaximum)
    var (seen, turned) = (0, 0)
    for picture in pictures {
      seen += 1
      if picture.statedOrientation != .up { turned += 1 }
    }
    guard turned > 0 else { return nil }
    let of = seen == 1 ? "the picture is" : "\(turned) of \(seen) pictures are"
    return "\(of) not turned as EXIF says; --exif apply does"
  }
}
