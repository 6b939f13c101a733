#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A map laid over the original pixels of its picture.
///
/// The way from the picture to the input of the network is taken back: each pixel inside of the
/// region gets the bilinear value of the map at its centre. Pixels outside of the region, which
/// the network never saw, stay as they are.
public struct Overlay: Sendable, Hashable {
  /// How colour and picture are mixed; S is the map, all values 0...1.
  public enum Style: String, Sendable, Hashable, CaseIterable {
    /// `(1 - 0.7 S) picture + 0.7 S heat`: without evidence the picture is untouched. The default.
    case opacity
    /// `0.6 picture + 0.4 heat`.
    case blend
    /// `0.6 picture + 0.4 heat` in jet, the Keras tutorial's.
    case blog
    /// `(1 - S^0.8) picture + S^0.8 heat` of the map and its heat, both stretched to 0...1.
    case groupCAM = "group-cam"
    /// `0.5 picture + 0.5 heat`, over its maximum, cut: `show_cam_on_image` of pytorch-grad-cam.
    case library
    /// The heat alone, blue over green and yellow to red without dark ends: Grad-CAM's Torch7 code.
    case torch7

    /// The colour map of the publication; the default of Salient where there is none.
    public var defaultColorMap: ColorMap {
      switch self {
      case .opacity, .blend: .inferno
      case .blog, .groupCAM, .library, .torch7: .jet
      }
    }
  }

  /// How colour and picture are mixed.
  public var style: Style
  /// The colours; `torch7` has its own.
  public var colorMap: ColorMap
  /// The longer side of the overlay is at most this; nil means the size of the picture.
  public var sideMaximum: Int?

  /// A style, with its own colours where none are given.
  public init(
    _ style: Style = .opacity, colorMap: ColorMap? = nil, sideMaximum: Int? = 1024
  ) {
    self.style = style
    self.colorMap = colorMap ?? style.defaultColorMap
    self.sideMaximum = sideMaximum
  }

  /// Draws a map over the picture that it explains.
  /// - Parameters:
  ///   - map: values in 0...1 (others are clamped, NaN counts as 0), at any resolution.
  ///   - picture: the original picture.
  ///   - region: the part of the picture that the map covers, in the picture's pixels.
  /// - Returns: the picture, made smaller if `sideMaximum` says so, with the map over it.
  public func draw(_ map: SaliencyMap, on picture: Picture, region: Region) -> Picture {
    var result = scaled(picture)
    let region = region.scaled(
      x: Double(result.width) / Double(picture.width),
      y: Double(result.height) / Double(picture.height))
    let columns = Overlay.covered(region.x, region.width, result.width)
    let rows = Overlay.covered(region.y, region.height, result.height)
    guard !columns.isEmpty, !rows.isEmpty else { return result }
    let map = style == .groupCAM ? map.normalised : map
    let values = Overlay.values(of: map, region, columns, rows)
    let heat = heat(values)
    let divisor = style == .library ? Overlay.maximum(result, heat, columns, rows) : 1
    var place = 0
    for y in rows {
      for x in columns {
        let color = result[x, y]
        result[x, y] = mixed(color, heat[place], values[place], divisor)
        place += 1
      }
    }
    return result
  }

  /// The picture at the size of the overlay.
  private func scaled(_ picture: Picture) -> Picture {
    let longer = max(picture.width, picture.height)
    guard let sideMaximum, longer > max(sideMaximum, 1) else { return picture }
    let size = picture.size(inside: Preset.Size(max(sideMaximum, 1)))
    return picture.resized(width: size.width, height: size.height)
  }

  /// The pixels of an axis whose centres lie within a stretch.
  private static func covered(_ start: Double, _ length: Double, _ count: Int) -> Range<Int> {
    guard start.isFinite, length.isFinite, length > 1e-9 else { return 0..<0 }
    let low = min(max((start - 0.5).rounded(.up), 0), Double(count))
    let high = min(max((start + length - 0.5).rounded(.up), low), Double(count))
    return Int(low)..<Int(high)
  }

  private static func values(
    of map: SaliencyMap, _ region: Region, _ columns: Range<Int>, _ rows: Range<Int>
  ) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(columns.count * rows.count)
    let stepX = Double(map.width) / region.width
    let stepY = Double(map.height) / region.height
    for y in rows {
      let placeY = (Double(y) + 0.5 - region.y) * stepY - 0.5
      for x in columns {
        let value = map.value(x: (Double(x) + 0.5 - region.x) * stepX - 0.5, y: placeY)
        // The comparison also turns NaN into 0.
        values.append(value > 0 ? min(value, 1) : 0)
      }
    }
    return values
  }

  /// The colour of each value, 0...255 a channel.
  private func heat(_ values: [Float]) -> [SIMD3<Float>] {
    if style == .torch7 { return values.map { Overlay.ramp($0) * 255 } }
    let colors = colorMap.colors.map { SIMD3(Float($0.red), Float($0.green), Float($0.blue)) }
    let heat = values.map { colors[ColorMap.index($0)] }
    guard style == .groupCAM else { return heat }
    let low = heat.map { $0.min() }.min() ?? 0
    let high = heat.map { $0.max() }.max() ?? 0
    return high > low ? heat.map { ($0 - low) / (high - low) * 255 } : heat
  }

  private func mixed(
    _ color: Color, _ heat: SIMD3<Float>, _ value: Float, _ divisor: Float
  ) -> Color {
    let pixel = SIMD3(Float(color.red), Float(color.green), Float(color.blue))
    switch style {
    case .opacity:
      if value == 0 { return color }
      return Overlay.rounded(pixel + (heat - pixel) * (0.7 * value))
    case .blend, .blog: return Overlay.rounded(pixel * 0.6 + heat * 0.4)
    case .groupCAM:
      let share = pow(value, 0.8)
      return Overlay.rounded((1 - share) * pixel + share * heat)
    case .library:
      let sum = Overlay.librarySum(pixel, heat) / divisor * 255
      return Color(UInt8(sum.x), UInt8(sum.y), UInt8(sum.z))
    case .torch7: return Overlay.rounded(heat)
    }
  }

  private static func librarySum(_ pixel: SIMD3<Float>, _ heat: SIMD3<Float>) -> SIMD3<Float> {
    0.5 * (heat / 255) + 0.5 * (pixel / 255)
  }

  /// The largest value that `library` divides by; 1 where the picture and the heat are black.
  private static func maximum(
    _ picture: Picture, _ heat: [SIMD3<Float>], _ columns: Range<Int>, _ rows: Range<Int>
  ) -> Float {
    var largest: Float = 0
    var place = 0
    for y in rows {
      for x in columns {
        let color = picture[x, y]
        let pixel = SIMD3(Float(color.red), Float(color.green), Float(color.blue))
        largest = max(largest, librarySum(pixel, heat[place]).max())
        place += 1
      }
    }
    return largest > 0 ? largest : 1
  }

  private static func rounded(_ values: SIMD3<Float>) -> Color {
    let whole = values.rounded(.toNearestOrEven).clamped(
      lowerBound: SIMD3(repeating: 0), upperBound: SIMD3(repeating: 255))
    return Color(UInt8(whole.x), UInt8(whole.y), UInt8(whole.z))
  }

  /// Blue at 0, cyan at 1/4, green at 1/2, yellow at 3/4, red at 1.
  private static func ramp(_ value: Float) -> SIMD3<Float> {
    if value <= 0.25 { return SIMD3(0, 4 * value, 1) }
    if value <= 0.5 { return SIMD3(0, 1, 2 - 4 * value) }
    if value <= 0.75 { return SIMD3(4 * value - 2, 1, 0) }
    return SIMD3(1, 4 - 4 * value, 0)
  }
}
