import Imaging

/// A picture at the size at which it is shown, with the part of it that maps cover.
public struct PictureView: Sendable {
  /// The picture.
  public let picture: Picture
  /// The part that maps cover, in its pixels.
  public let region: Region

  /// A picture brought to a size.
  /// - Parameters:
  ///   - picture: the original.
  ///   - region: the part that maps cover, in pixels of the original.
  ///   - sideMaximum: the longer side at most; nothing is enlarged.
  public init(_ picture: Picture, region: Region, sideMaximum: Int) {
    let longer = max(picture.width, picture.height)
    guard longer > sideMaximum else {
      self.picture = picture
      self.region = region
      return
    }
    let scale = Double(max(1, sideMaximum)) / Double(longer)
    let width = max(1, Int((Double(picture.width) * scale).rounded()))
    let height = max(1, Int((Double(picture.height) * scale).rounded()))
    self.picture = picture.resized(width: width, height: height)
    self.region = region.scaled(
      x: Double(width) / Double(picture.width), y: Double(height) / Double(picture.height))
  }
}
