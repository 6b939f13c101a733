import Imaging
import Jobs
import Training

/// What the flags say of how pictures are changed before a network learns from them.
struct TransformValues {
  /// The part's share of the area.
  let scale: ClosedRange<Double>?
  /// The part's width by its height.
  let ratio: ClosedRange<Double>?
  /// How often pictures are mirrored.
  let flipProbability: Double
  /// Their colours.
  let colors: ColorChange
  /// Whether parts and windows hold the object that tells the class.
  let keepsObject: Bool
  /// The windows; nil where whole images are learned from.
  let window: Window?
  /// The flags as run.json keeps them.
  let flags: [JSONValue.Member]

  /// Windows of the images, in the first epochs.
  struct Window {
    let size: Preset.Size
    let epochs: Int
  }

  init(
    _ options: TransformOptions, _ sources: TrainingSources, epochs: Int
  ) throws(Failure) {
    let texts = FlagTexts(
      [
        "crop-scale": options.cropScale, "crop-ratio": options.cropRatio,
        "crop-keeps": options.cropKeeps, "random-crop": options.randomCrop,
        "flip": options.flip, "color-jitter": options.colorJitter,
        "grayscale": options.grayscale, "permute-channels": options.permuteChannels,
        "invert": options.invert,
      ], sources)
    flags = texts.members
    let values = TransformTexts(texts: texts)
    scale = try values.range("crop-scale", in: 0.0001...1)
    ratio = try values.range("crop-ratio", in: 0.01...100)
    keepsObject = try values.keepsObject
    flipProbability = try values.share("flip") ?? 0.5
    colors = try values.colors
    window = try values.window(epochs: epochs)
  }

  /// What becomes of a picture at the size and with the filter of a preset; windows apart.
  func augmentation(at size: Preset.Size, _ preset: Preset) -> InputAugmentation {
    var crop = RandomResizedCrop(
      size: size, interpolation: preset.interpolation, passOrder: preset.passOrder)
    crop.scale = scale ?? crop.scale
    crop.ratio = ratio ?? crop.ratio
    var augmentation = InputAugmentation(CropAndFlip(crop, flipProbability: flipProbability))
    augmentation.colors = colors
    augmentation.keepsObject = keepsObject
    return augmentation
  }

  /// What the header says: `random parts, mirrored or not`.
  var line: String {
    var words = ["random parts" + (keepsObject ? " that hold the object" : "")]
    if let scale { words.append("\(scale.lowerBound) to \(scale.upperBound) of the area") }
    if let ratio { words.append("width by height \(ratio.lowerBound) to \(ratio.upperBound)") }
    if flipProbability > 0 { words.append(flipProbability < 1 ? "mirrored or not" : "mirrored") }
    if let window {
      words.append(
        "windows of \(window.size) in \(Quantity.count(window.epochs, "epoch"))")
    }
    if colors != ColorChange() { words.append("other colours") }
    return words.joined(separator: ", ")
  }
}
