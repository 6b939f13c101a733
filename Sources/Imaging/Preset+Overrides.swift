extension Preset {
  /// The largest side that a preset may ask for.
  public static let sideMaximum = 16_384

  /// The same steps for another output size.
  ///
  /// A resize before a crop grows in proportion: 256 before 224 becomes 342 before 299.
  /// - Parameter size: both sides 1...`sideMaximum`.
  /// - Returns: the preset for that size.
  /// - Throws: `ImagingError.preset` where a side is out of range, or where a preset without crop
  ///   would have to make something else than a square.
  public func sized(_ size: Size) throws(ImagingError) -> Preset {
    try Preset.check(size, "size")
    var preset = self
    let side = max(size.height, size.width)
    switch fit {
    case .shorter(let resize, let crop?):
      preset.fit = .shorter(resize: Preset.grown(resize, crop, to: side), crop: size)
    case .shorter(_, nil):
      guard size.height == size.width else {
        throw .preset(
          key: "size", "\(name) sets the shorter side only, so it takes one number, not \(size)")
      }
      preset.fit = .shorter(resize: side, crop: nil)
    case .exact(let whole, let crop?):
      preset.fit = .exact(
        Size(
          height: Preset.grown(whole.height, Size(crop.height), to: size.height),
          width: Preset.grown(whole.width, Size(crop.width), to: size.width)), crop: size)
    case .exact(_, nil): preset.fit = .exact(size, crop: nil)
    case .letterbox: preset.fit = .letterbox(size)
    }
    return preset
  }

  /// `N` or `HxW`, both 1...`sideMaximum`.
  public static func size(_ text: String) throws(ImagingError) -> Size {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count <= 2, let height = parts.first ?? nil, let width = parts.last ?? nil else {
      throw .preset(key: "size", "\(text) is neither N nor HxW")
    }
    let size = Size(height: height, width: width)
    try check(size, "size")
    return size
  }

  /// Numbers between commas, as many as there are channels or one for all.
  /// - Parameters:
  ///   - text: `0.485,0.456,0.406`.
  ///   - key: `mean` or `std`; values of `std` must be above 0.
  /// - Returns: one or three finite numbers.
  /// - Throws: `ImagingError.preset`.
  public static func numbers(_ text: String, _ key: String) throws(ImagingError) -> [Float] {
    let values = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      Float(part.drop { $0 == " " })
    }
    guard !values.contains(nil) else {
      throw .preset(key: key, "\(text) is not numbers with commas between them")
    }
    let numbers = values.compactMap { $0 }
    try check(numbers, key)
    return numbers
  }

  static func check(_ values: [Float], _ key: String) throws(ImagingError) {
    guard values.count == 1 || values.count == 3 else {
      throw .preset(key: key, "\(values.count) values, not 1 or 3")
    }
    guard values.allSatisfy(\.isFinite) else { throw .preset(key: key, "not finite") }
    guard key != "std" || values.allSatisfy({ $0 > 0 }) else {
      throw .preset(key: key, "must be above 0")
    }
  }

  static func check(_ size: Size, _ key: String) throws(ImagingError) {
    for side in [size.height, size.width] where !(1...sideMaximum).contains(side) {
      throw .preset(key: key, "\(side) is not within 1...\(sideMaximum)")
    }
  }

  private static func grown(_ resize: Int, _ crop: Size, to side: Int) -> Int {
    let grown = Double(resize) * Double(side) / Double(max(crop.height, crop.width))
    return max(Int(min(grown, Double(sideMaximum)).rounded()), 1)
  }
}
