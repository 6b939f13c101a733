import Imaging
import Operators

/// What becomes of a picture before a network learns from it: a part at the size of the images,
/// perhaps mirrored, perhaps a window of that, and other colours.
public struct InputAugmentation: Sendable, Hashable {
  /// The part, perhaps mirrored.
  public var part: CropAndFlip
  /// The window; nil for all of the part.
  public var window: RandomCrop?
  /// The colours.
  public var colors = ColorChange()
  /// Whether part and window hold the object that tells the class, where a data set says where it is:
  /// albumentations' `BBoxSafeRandomCrop`.
  public var keepsObject = false

  /// A part and nothing else.
  public init(_ part: CropAndFlip) {
    self.part = part
  }

  /// The size of what comes out.
  public var size: Preset.Size { window?.size ?? part.crop.size }

  /// A picture as the network is to see it.
  /// - Parameters:
  ///   - picture: RGB.
  ///   - object: what part and window shall hold; nil where they may lie anywhere.
  ///   - draws: the random numbers of the picture for a use.
  /// - Returns: a picture of `size`.
  func apply(
    to picture: Picture, object: Region?, _ draws: (Philox.Stream) -> SampleDraws
  ) -> Picture {
    var (forPart, forWindow, forColors) = (draws(.crops), draws(.windows), draws(.colors))
    var seen = part.apply(to: picture, keeping: object, &forPart)
    if let window {
      seen.picture = window.apply(to: seen.picture, keeping: seen.object, &forWindow)
    }
    return colors.apply(to: seen.picture, &forColors)
  }
}
