import Imaging

/// What becomes of a picture before a network learns from it: a random part of it, perhaps mirrored.
public struct CropAndFlip: Sendable, Hashable {
  /// The part.
  public var crop: RandomResizedCrop
  /// How often pictures are mirrored left to right, within 0...1.
  public var flipProbability: Double

  /// A crop and a flip; without further arguments every second picture is mirrored.
  public init(_ crop: RandomResizedCrop, flipProbability: Double = 0.5) {
    self.crop = crop
    self.flipProbability = flipProbability
  }

  /// A picture as the network is to see it.
  /// - Parameters:
  ///   - picture: RGB.
  ///   - draws: the random numbers: one for the flip, then those of the crop.
  /// - Returns: a picture of the crop's size.
  public func apply(to picture: Picture, _ draws: inout SampleDraws) -> Picture {
    let isFlipped = draws.unit() < flipProbability
    let box = crop.box(width: picture.width, height: picture.height, &draws)
    let part = crop.apply(box, to: picture)
    return isFlipped ? part.turned(.mirrored) : part
  }
}
