import Imaging
import Tensors

/// An image as the network takes it, with what is needed to show its maps.
struct PreparedImage: Sendable {
  /// `[C, H, W]`, normalised.
  let tensor: HostTensor<Float>
  /// What records say of it.
  let facts: ImageFacts
  /// What its maps are drawn on; nil where nothing is drawn.
  let view: PictureView?
}

/// What is known of the pixels of an image.
public struct ImageFacts: Sendable, Hashable {
  /// The width of the original, in pixels.
  public let width: Int
  /// Its height.
  public let height: Int
  /// The part of the original that the map covers, in its pixels.
  public let region: Region
  /// Whether the file is a JPEG picture; overlays of such are JPEG too.
  public let isJPEG: Bool
  /// Whether the image can be shown as a picture.
  public let canBeShown: Bool
  /// Remarks, one line each.
  public let notes: [String]
}
