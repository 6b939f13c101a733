import Imaging

/// A rendered picture with the truth about it.
public struct Scene: Sendable, Hashable {
  /// The picture.
  public let picture: Picture
  /// The objects, those behind first.
  public let objects: [SceneObject]
  /// Which object each pixel shows: the number of the object, counted from 1, or 0.
  public let mask: GrayPicture
  /// Where the planted mark is; nil where there is none.
  public let mark: PixelBox?
}

/// One object of a scene.
public struct SceneObject: Sendable, Hashable {
  /// What it is.
  public let kind: ObjectClass
  /// The smallest rectangle around its visible pixels.
  public let box: PixelBox
  /// The number of its visible pixels, at least 1.
  public let pixelCount: Int
}
