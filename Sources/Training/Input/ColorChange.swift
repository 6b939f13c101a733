import Imaging

/// Other colours of a picture, in this order: torchvision's `ColorJitter`, `RandomGrayscale`,
/// `RandomChannelPermutation` and `RandomInvert`.
///
/// Every picture takes the same count of random numbers, whatever is switched on: one change does not
/// alter what another one does.
public struct ColorChange: Sendable, Hashable {
  /// Other brightness, contrast, saturation and hue.
  public var jitter = ColorJitter()
  /// How often pictures lose their colours, within 0...1.
  public var grayProbability = 0.0
  /// How often their channels change places, all orders equally likely, within 0...1.
  public var permutationProbability = 0.0
  /// How often they become their negatives, within 0...1.
  public var inversionProbability = 0.0

  /// No change.
  public init() {}

  /// A picture in other colours.
  /// - Parameters:
  ///   - picture: RGB.
  ///   - draws: the random numbers: seven of the jitter, one for grey, three for the channels, one for
  ///     the negative.
  /// - Returns: a picture of the same size.
  public func apply(to picture: Picture, _ draws: inout SampleDraws) -> Picture {
    var picture = jitter.apply(to: picture, &draws)
    if draws.unit() < grayProbability { picture = Picture(GrayPicture(luma: picture)) }
    let isPermuted = draws.unit() < permutationProbability
    let order = draws.permutation(of: 3)
    if isPermuted { picture = picture.permutingChannels(order) }
    return draws.unit() < inversionProbability ? picture.inverted : picture
  }
}
