import FoundationEssentials

extension Preset {
  /// The largest preset file that is read, in bytes.
  public static let fileSizeMaximum = 1 << 20

  /// A preset from a JSON file: our own keys, or timm's `config.json`.
  ///
  /// Our keys, all of them optional: `resize` and `crop` (N or [H, W], `crop` may be null),
  /// `fit` (`shorter`, `exact`, `letterbox`), `interpolation`, `mean`, `std`, `channels` (`RGB`,
  /// `BGR`), `range` (1, 255, or -1 for -1...1), `exif`, `alpha`, `resample`. What is missing is as
  /// in `imagenet`, `exif` as `apply`; `resize` alone means no crop, `crop` alone grows a resize of
  /// 256 before 224. timm's: `input_size`, `crop_pct`, `crop_mode`, `interpolation`, `mean`, `std`.
  /// - Parameters:
  ///   - bytes: the file; at most `fileSizeMaximum`.
  ///   - name: what the preset will be called.
  /// - Throws: `ImagingError.preset` with the key at fault; unknown keys of ours are at fault, too.
  public init(json bytes: [UInt8], name: String) throws(ImagingError) {
    guard bytes.count <= Preset.fileSizeMaximum else {
      throw .preset(key: "", "\(bytes.count) bytes are too many for a preset")
    }
    guard case .object(let members)? = PresetJSON(parsing: bytes) else {
      throw .preset(key: "", "not a JSON object")
    }
    if case .object(let config)? = members["pretrained_cfg"] {
      self = try Preset(timm: PresetKeys(config), name: name)
    } else if members["input_size"] != nil || members["architecture"] != nil {
      self = try Preset(timm: PresetKeys(members), name: name)
    } else {
      self = try Preset(own: PresetKeys(members), name: name)
    }
  }

  private static let ownKeys: Set<String> = [
    "resize", "crop", "fit", "interpolation", "mean", "std", "channels", "range", "exif", "alpha",
    "resample", "name",
  ]

  private init(own keys: PresetKeys, name: String) throws(ImagingError) {
    if let unknown = keys.members.keys.filter({ !Preset.ownKeys.contains($0) }).min() {
      throw .preset(key: unknown, "no such key; there are \(Preset.ownKeys.sorted())")
    }
    self.init(name: name, fit: try Preset.fit(keys))
    interpolation = try keys.word("interpolation") ?? .bilinear
    channels = try keys.word("channels") ?? .rgb
    range = try keys.word("range") ?? .unit
    exif = try keys.word("exif") ?? .apply
    alpha = try keys.word("alpha") ?? .drop
    passOrder = try keys.word("resample") ?? .pillow13
    mean = try keys.numbers("mean") ?? mean
    std = try keys.numbers("std") ?? std
  }

  private static func fit(_ keys: PresetKeys) throws(ImagingError) -> Fit {
    let resize = try keys.size("resize")
    let crop = try keys.size("crop")
    let fit = try keys.word("fit") ?? FitName.shorter
    switch fit {
    case .shorter:
      guard let resize else {
        guard let crop else { return imagenet.fit }
        return try imagenet.sized(crop).fit
      }
      guard resize.height == resize.width else {
        throw .preset(key: "resize", "\(resize) needs \"fit\": \"exact\"; shorter takes one number")
      }
      return .shorter(resize: resize.height, crop: crop)
    case .exact, .squash:
      guard let size = resize ?? crop else { return .exact(Size(224), crop: nil) }
      return .exact(size, crop: resize == nil ? nil : crop)
    case .letterbox:
      return .letterbox(crop ?? resize ?? Size(224))
    }
  }

  private enum FitName: String, CaseIterable {
    case shorter, exact, squash, letterbox
  }

  /// The steps of timm's `create_transform` for evaluation.
  private init(timm keys: PresetKeys, name: String) throws(ImagingError) {
    guard let input = keys.list("input_size"), input.count == 3,
      let height = input[1].whole, let width = input[2].whole
    else { throw .preset(key: "input_size", "is not [channels, height, width]") }
    let size = Size(height: height, width: width)
    try Preset.check(size, "input_size")
    let part = try keys.number("crop_pct") ?? 0.875
    guard part > 0.01, part <= 10 else { throw .preset(key: "crop_pct", "\(part) is out of range") }
    let whole = Size(
      height: max(Int(Double(height) / part), 1), width: max(Int(Double(width) / part), 1))
    let fit: Fit
    switch try keys.word("crop_mode") ?? TimmCrop.center {
    case .center:
      guard height == width else {
        throw .preset(key: "input_size", "\(size) with crop_mode center; only squares are read")
      }
      fit = .shorter(resize: whole.height, crop: size)
    case .squash: fit = .exact(whole, crop: size)
    case .border:
      guard part == 1 else {
        throw .preset(key: "crop_pct", "\(part) with crop_mode border; only 1 is read")
      }
      fit = .letterbox(size)
    }
    self.init(name: name, fit: fit, exif: .apply)
    // timm draws "random" while training and evaluates with bilinear.
    interpolation =
      keys.members["interpolation"] == .string("random")
      ? .bilinear : try keys.word("interpolation") ?? .bilinear
    mean = try keys.numbers("mean") ?? mean
    std = try keys.numbers("std") ?? std
  }

  private enum TimmCrop: String, CaseIterable {
    case center, squash, border
  }

  /// The preset in the keys that `init(json:name:)` reads, for a record of the run.
  public var json: String {
    let list = { (values: [Float]) in "[\(values.map { "\($0)" }.joined(separator: ", "))]" }
    let pair = { (size: Size) in "[\(size.height), \(size.width)]" }
    let steps: String =
      switch fit {
      case .shorter(let resize, let crop):
        #""fit": "shorter", "resize": \#(resize), "crop": \#(crop.map(pair) ?? "null")"#
      case .exact(let size, let crop):
        #""fit": "exact", "resize": \#(pair(size)), "crop": \#(crop.map(pair) ?? "null")"#
      case .letterbox(let size): #""fit": "letterbox", "crop": \#(pair(size))"#
      }
    return "{\(steps), \"interpolation\": \"\(interpolation.rawValue)\", "
      + "\"mean\": \(list(mean)), \"std\": \(list(std)), "
      + "\"channels\": \"\(channels.rawValue)\", \"range\": \(range.rawValue), "
      + "\"exif\": \"\(exif.rawValue)\", \"alpha\": \"\(alpha.rawValue)\", "
      + "\"resample\": \"\(passOrder.rawValue)\"}"
  }
}
