import Imaging
import Jobs

/// Where the object of a picture is, as a data set states it.
public struct StatedObject: Sendable, Hashable {
  /// In the pixels of the picture, perhaps beyond it.
  let region: Region
  /// The size of the picture, where it is stated.
  let size: StatedSize?
  /// The file that states it.
  let origin: String

  /// The object in a picture.
  /// - Parameters:
  ///   - picture: as it was decoded.
  ///   - path: where it is.
  /// - Returns: the part of the picture that it takes; nil where it is outside.
  /// - Throws: `Failure` where it is stated for a picture of another size.
  func placed(in picture: Picture, at path: String) throws(Failure) -> Region? {
    try size?.check(width: picture.width, height: picture.height, of: path, in: origin)
    return region.clipped(to: Region(of: picture))
  }
}
