import Imaging

/// A random part of a picture, perhaps mirrored.
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

  /// A part of a picture.
  /// - Parameters:
  ///   - picture: RGB.
  ///   - object: what the part shall hold; nil where it may lie anywhere.
  ///   - draws: the random numbers: one for the flip, then those of the crop.
  /// - Returns: a picture of the crop's size, and where the object is in it.
  public func apply(
    to picture: Picture, keeping object: Region? = nil, _ draws: inout SampleDraws
  ) -> (picture: Picture, object: Region?) {
    let isFlipped = draws.unit() < flipProbability
    let box = crop.box(width: picture.width, height: picture.height, keeping: object, &draws)
    let part = crop.apply(box, to: picture)
    var place = object.map { object in
      Region(
        x: object.x - Double(box.x), y: object.y - Double(box.y), width: object.width,
        height: object.height
      ).scaled(
        x: Double(part.width) / Double(box.width), y: Double(part.height) / Double(box.height))
    }
    guard isFlipped else { return (part, place) }
    if let region = place { place?.x = Double(part.width) - region.x - region.width }
    return (part.turned(.mirrored), place)
  }
}
