import Imaging
import Jobs

/// Where the object of a picture is, as a data set states it.
public struct StatedObject: Sendable, Hashable {
  /// In the pixels of the picture, perhaps beyond it.
  let region: Region
  /// The columns and rows of the picture, where they are stated.
  let size: [Int]?

  /// The object in a picture.
  /// - Parameters:
  ///   - picture: as it was decoded.
  ///   - path: where it is.
  /// - Returns: the part of the picture that it takes; nil where it is outside.
  /// - Throws: `Failure` where it is stated for a picture of another size.
  func placed(in picture: Picture, at path: String) throws(Failure) -> Region? {
    let found = [picture.width, picture.height]
    if let size, size != found {
      throw Failure(
        .content, path,
        "its box is for a picture of \(size[0])x\(size[1]); it has \(found[0])x\(found[1])",
        try: size == found.reversed() ? "was it turned as its EXIF says? --exif ignore" : nil)
    }
    let (left, top) = (max(region.x, 0), max(region.y, 0))
    let right = min(region.x + region.width, Double(picture.width))
    let bottom = min(region.y + region.height, Double(picture.height))
    guard left < right, top < bottom else { return nil }
    return Region(x: left, y: top, width: right - left, height: bottom - top)
  }
}
