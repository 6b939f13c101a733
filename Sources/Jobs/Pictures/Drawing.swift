import Imaging
import Tensors

/// How maps are drawn on pictures.
public struct Drawing: Sendable, Hashable {
  /// How colour and picture are mixed, and the longer side of what comes out.
  public var overlay: Overlay

  /// A way of drawing.
  public init(_ overlay: Overlay = Overlay()) {
    self.overlay = overlay
  }

  /// The longer side of overlays at most.
  public var sideMaximum: Int { overlay.sideMaximum ?? Int.max }

  /// A map over the picture that it explains.
  /// - Parameters:
  ///   - map: `[H, W]` or `[3, H, W]`, finite.
  ///   - view: the picture.
  /// - Returns: a picture as large as the view.
  public func overlay(_ map: HostTensor<Float>, on view: PictureView) -> Picture {
    guard let map = Self.shown(map) else { return view.picture }
    var overlay = overlay
    overlay.sideMaximum = nil
    return overlay.draw(map, on: view.picture, region: view.region)
  }

  /// The positive part of a raw map over its maximum; zeros where nothing is positive.
  static func evidence(_ raw: HostTensor<Float>) -> HostTensor<Float> {
    let maximum = max(raw.elements.max() ?? 0, 0)
    return HostTensor(raw.shape, raw.elements.map { $0 > 0 ? $0 / maximum : 0 })
  }

  /// The map in 0...1: as it is where it is so already, the magnitudes of gradients up to their 99th
  /// percentile, other maps between their minimum and maximum.
  package static func shown(_ map: HostTensor<Float>) -> SaliencyMap? {
    let isSigned = map.elements.contains { $0 < 0 }
    if map.shape.rank == 3 || isSigned {
      guard let grey = try? GradientDisplay.grey99.picture(of: map) else { return nil }
      let values = stride(from: 0, to: grey.bytes.count, by: 3).map { Float(grey.bytes[$0]) / 255 }
      return SaliencyMap(width: grey.width, height: grey.height, values: values)
    }
    guard let plane = try? SaliencyMap(map) else { return nil }
    return map.elements.contains { $0 > 1 } ? plane.normalised : plane
  }
}
