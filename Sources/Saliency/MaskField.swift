import Execution

/// Masks described, not stored: `count` masks for every field, one field for every target.
public struct MaskField: Sendable {
  /// How a mask is made from the numbers that describe it.
  public enum Geometry: Sendable {
    /// Small maps, upsampled bilinearly to the image and then scaled and shifted.
    ///
    /// `maps` is `[F, M, u·v]`, `affine` is `[F, M, 2]`: mask = scale · upsampled + offset.
    case grid(
      maps: any ResidentTensor, affine: any ResidentTensor, height: Int, width: Int,
      alignsCorners: Bool)
    /// Masks at the size of the image, `[F, M, H·W]`: the definition and the fallback.
    case dense(any ResidentTensor)
  }

  /// How the masks are made.
  public var geometry: Geometry
  /// The number of masks of a field, M.
  public var count: Int
  /// `[F, M]`: masks with 0 are skipped and score 0; nil where all are live.
  public var live: (any ResidentTensor)?

  /// A field.
  public init(geometry: Geometry, count: Int, live: (any ResidentTensor)? = nil) {
    self.geometry = geometry
    self.count = count
    self.live = live
  }
}
