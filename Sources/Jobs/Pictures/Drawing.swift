import Imaging
import Saliency
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

  /// What a method draws over the picture that it explains.
  /// - Parameters:
  ///   - map: `[H, W]` or `[3, H, W]`, finite: the finished map, or the raw one where that is drawn.
  ///   - method: the method.
  ///   - view: the picture.
  /// - Returns: a picture as large as the view.
  public func overlay(
    _ map: HostTensor<Float>, of method: any Explainer, on view: PictureView
  ) -> Picture {
    guard let style = method.gradientDisplay else {
      if method.isDrawnAtOnce { return overlay(Self.evidence(map), on: view) }
      switch method.evidenceRange {
      case .unit: return overlay(map, on: view)
      case .span: return overlay((try? SaliencyMap(map))?.normalised, on: view)
      case .positive:
        let positive = HostTensor(map.shape, map.elements.map { max($0, 0) })
        return overlay(GradientDisplay.grey99.values(of: positive), on: view)
      }
    }
    let display = GradientDisplay(style)
    guard display.hasColours else { return overlay(display.values(of: map), on: view) }
    guard let colours = try? display.picture(of: map) else { return view.picture }
    return view.picture.covered(by: colours, at: view.region)
  }

  /// A map over the picture that it explains.
  /// - Parameters:
  ///   - map: `[H, W]` or `[3, H, W]`, finite.
  ///   - view: the picture.
  /// - Returns: a picture as large as the view.
  public func overlay(_ map: HostTensor<Float>, on view: PictureView) -> Picture {
    overlay(Self.shown(map), on: view)
  }

  private func overlay(_ map: SaliencyMap?, on view: PictureView) -> Picture {
    guard let map else { return view.picture }
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
    if map.shape.rank == 3 || isSigned { return GradientDisplay.grey99.values(of: map) }
    guard let plane = try? SaliencyMap(map) else { return nil }
    return map.elements.contains { $0 > 1 } ? plane.normalised : plane
  }
}

extension GradientDisplay {
  /// The display that a method asks for.
  init(_ style: GradientDisplayStyle) {
    self =
      switch style {
      case .grey99: .grey99
      case .signed99: .signed99
      case .deprocess: .deprocess
      case .groupcam: .groupCAM
      }
  }
}

extension Picture {
  /// The picture with another one, brought to the size of a region, in its place.
  func covered(by other: Picture, at region: Region) -> Picture {
    let (left, top) = (Int(region.x.rounded()), Int(region.y.rounded()))
    let right = min(Int((region.x + region.width).rounded()), width)
    let bottom = min(Int((region.y + region.height).rounded()), height)
    guard left >= 0, top >= 0, right > left, bottom > top else { return self }
    var result = self
    result.paste(other.resized(width: right - left, height: bottom - top), x: left, y: top)
    return result
  }
}
