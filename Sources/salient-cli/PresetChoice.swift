import Imaging
import Jobs
import Models
import Tensors

/// The flags that say how pictures become images, with the values in force.
struct PresetChoice {
  private let name: String?
  private let size: Preset.Size?
  private let base: Preset?
  private let mean: [Float]?
  private let std: [Float]?
  private let exif: DecodingOptions.Exif?
  private let alpha: DecodingOptions.Alpha?
  private let resampling: Resampling?
  private let pixelCountMaximum: Int
  /// What a published protocol prescribes, where no flag names a preset.
  private var prescribed: (preset: Preset, origin: String)?
  /// Who names the preset.
  private let origin: String
  /// The words of `--resample`: a pass order of Pillow, or no filter at all.
  private enum Resampling: String, CaseIterable {
    case pillow12, pillow13, nearest
  }

  /// The flags as run.json keeps them; `size` is not among them.
  let flags: [JSONValue.Member]

  init(_ options: PictureOptions, size: String?, _ sources: FlagSources) throws(Failure) {
    let texts = [
      ("preset", options.preset), ("mean", options.mean), ("std", options.std),
      ("exif", options.exif), ("alpha", options.alpha), ("max-pixels", options.maxPixels),
      ("resample", options.resample),
    ].map { flag, given in (flag, sources.text(flag, given)) }
    let values = Dictionary(texts.map { ($0.0, $0.1) }) { first, _ in first }
    flags = texts.map { .init($0.0, .text($0.1)) }
    self.size = try size.map { text throws(Failure) in
      let (height, width) = try Flags.size(text)
      return Preset.Size(height: height, width: width)
    }
    name = values["preset"] ?? nil
    origin = sources.origin("preset", options.preset)
    base = try name.map { name throws(Failure) in try Self.preset(name) }
    mean = try Self.numbers(values["mean"] ?? nil, "mean")
    std = try Self.numbers(values["std"] ?? nil, "std")
    exif = try (values["exif"] ?? nil).map { text throws(Failure) in
      try Flags.word(text, "--exif")
    }
    alpha = try (values["alpha"] ?? nil).map { text throws(Failure) in
      try Flags.word(text, "--alpha")
    }
    resampling = try (values["resample"] ?? nil).map { text throws(Failure) in
      try Flags.word(text, "--resample")
    }
    pixelCountMaximum = try Self.pixels(values["max-pixels"] ?? nil)
  }

  /// Reads the model for the size that is asked for, and settles how pictures are prepared for it.
  /// - Throws: `Failure` where the model cannot be used or the preset does not fit it.
  func open(_ model: ModelPath) throws(Failure) -> (Network, PresetInUse) {
    // A size that only the preset suggests gives way to one that the file fixes.
    var network = try model.read(size ?? base?.outputSize, isFirm: size != nil)
    var (preset, origin) = (base, origin)
    if preset == nil, let stated = network.metadata["preset"] {
      preset = try Self.stated(stated, of: model.path)
      origin = "model"
      if size == nil, !network.isSizeFixed, let suggested = preset?.outputSize {
        network = try model.read(suggested, isFirm: false)
      }
    }
    if let prescribed {
      origin = prescribed.origin
      if var own = preset {
        // A network needs the colours that it was trained with; how pictures come to their size is a
        // constant of the protocol.
        (own.name, own.fit) = (prescribed.preset.name, prescribed.preset.fit)
        preset = own
        origin += ", colours of the model"
      } else {
        preset = prescribed.preset
      }
      if size == nil, !network.isSizeFixed, let suggested = prescribed.preset.outputSize {
        network = try model.read(suggested, isFirm: false)
      }
    }
    if preset == nil { origin = "assumed: the file states none" }
    let fitted = try fit(preset ?? .imagenet, to: network.imageShape)
    let inUse = PresetInUse(
      preparation: Preparation(
        fitted, channels: network.imageShape[0], pixelCountMaximum: pixelCountMaximum),
      origin: origin, sizeOrigin: sizeOrigin(network),
      isSizeOpen: fitted.outputSize == nil && !network.isSizeFixed, isOverridden: isOverridden)
    return (network, inUse)
  }

  /// Settles how pictures are prepared for a network that is yet to learn.
  /// - Throws: `Failure` where the preset cannot have the size that is asked for.
  func settle(for architecture: Architecture) throws(Failure) -> PresetInUse {
    let base = base ?? (architecture == .scenes ? .scenes : .imagenet)
    let size = size ?? self.base?.outputSize ?? Preset.Size(architecture.side)
    let fitted = try fit(base, to: [3, size.height, size.width])
    return PresetInUse(
      preparation: Preparation(fitted, channels: 3, pixelCountMaximum: pixelCountMaximum),
      origin: name == nil ? "default" : origin, sizeOrigin: "", isSizeOpen: false,
      isOverridden: isOverridden)
  }

  /// Whether a flag, a recipe or an earlier run names one.
  var isNamed: Bool { name != nil }

  /// Prescribes how pictures come to their size, and, for models that state no preset, their colours.
  mutating func prescribe(_ name: String, origin: String) throws(Failure) {
    prescribed = (try Self.preset(name), origin)
  }

  private func sizeOrigin(_ network: Network) -> String {
    if network.isSizeFixed { return "model" }
    if size != nil { return "--size" }
    return base?.outputSize != nil ? origin : "assumed: the file fixes none"
  }

  /// The preset at the size of images `[C, H, W]`, with the steps replaced that flags replace.
  private func fit(_ preset: Preset, to image: Shape) throws(Failure) -> Preset {
    let target = Preset.Size(height: image[1], width: image[2])
    var fitted = preset
    do throws(ImagingError) {
      if let output = preset.outputSize, output != target { fitted = try preset.sized(target) }
      if preset.outputSize == nil, size != nil { fitted = try preset.sized(target) }
    } catch {
      throw Failure(.usage, "--preset \(preset.name)", error.what, try: error.hint)
    }
    return overrides(fitted)
  }

  /// Whether a flag replaces a step of the preset.
  private var isOverridden: Bool {
    mean != nil || std != nil || exif != nil || alpha != nil || resampling != nil
  }

  private func overrides(_ preset: Preset) -> Preset {
    var preset = preset
    if let mean { preset.mean = mean }
    if let std { preset.std = std }
    if let exif { preset.exif = exif }
    if let alpha { preset.alpha = alpha }
    switch resampling {
    case nil: break
    case .nearest: preset.interpolation = .nearest
    case .pillow12: preset.passOrder = .pillow12
    case .pillow13: preset.passOrder = .pillow13
    }
    return preset
  }
}

// MARK: - Values

extension PresetChoice {
  /// A preset by name, or from a file.
  private static func preset(_ text: String) throws(Failure) -> Preset {
    let isFile = InputList.exists(text) || text.hasSuffix(".json")
    let bytes = isFile ? try InputList.contents(of: text) : []
    do throws(ImagingError) {
      return isFile ? try Preset(json: bytes, name: text) : try Preset(named: text)
    } catch {
      throw Failure(error, at: "--preset \(text)")
    }
  }

  /// What a model states: a name, or the JSON of a preset.
  private static func stated(_ text: String, of model: String) throws(Failure) -> Preset {
    do throws(ImagingError) {
      return text.contains("{")
        ? try Preset(json: Array(text.utf8), name: "preset") : try Preset(named: text)
    } catch {
      throw Failure(
        .content, model, "states a preset that cannot be used: \(error.what)",
        try: "give --preset imagenet, or another one")
    }
  }

  private static func numbers(_ text: String?, _ key: String) throws(Failure) -> [Float]? {
    guard let text else { return nil }
    do throws(ImagingError) {
      return try Preset.numbers(text, key)
    } catch {
      throw Failure(.usage, "--\(key) \(text)", error.what, try: "write --\(key) 0.5,0.5,0.5")
    }
  }

  private static func pixels(_ text: String?) throws(Failure) -> Int {
    guard let text else { return DecodingOptions.defaultPixelCountMaximum }
    guard let count = Int(text), (1...4_294_836_225).contains(count) else {
      throw Failure(
        .usage, "--max-pixels \(text)", "is no number of pixels",
        try: "write --max-pixels \(DecodingOptions.defaultPixelCountMaximum)")
    }
    return count
  }
}
