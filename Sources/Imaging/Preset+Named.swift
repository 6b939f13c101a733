extension Preset {
  /// The presets that have a name of their own.
  public static let names = [
    "imagenet", "squash224", "caffe", "tf", "torchray", "letterbox", "scenes",
  ]

  /// A preset by its name.
  ///
  /// Besides `names`, torchvision's weights: `ResNet50_Weights.IMAGENET1K_V2`, `resnet50-v2`, and
  /// `resnet50` for the weights that torchvision itself prefers. Upper and lower case are equal.
  /// Decoding ignores Exif in `imagenet` and torchvision's, as torchvision does, and applies it in
  /// all others.
  /// - Throws: `ImagingError.unknownPreset`, with the nearest names.
  public init(named name: String) throws(ImagingError) {
    switch name.lowercased() {
    case "imagenet": self = .imagenet
    case "squash224": self.init(name: "squash224", fit: .square224, exif: .apply)
    case "caffe":
      // Blue first, as the networks of Caffe and Torch7 were trained.
      self.init(
        name: "caffe", fit: .square224, range: .bytes, channels: .bgr,
        mean: [103.939, 116.779, 123.68], std: [1, 1, 1], exif: .apply)
    case "tf":
      self.init(
        name: "tf", fit: .square224, range: .signed, mean: [0, 0, 0], std: [1, 1, 1], exif: .apply)
    case "torchray":
      self.init(
        name: "torchray", fit: .shorter(resize: 224, crop: nil), range: .bytes,
        mean: [123.68, 116.779, 103.939], std: [1, 1, 1], exif: .apply)
    case "scenes": self = .scenes
    case "letterbox": self.init(name: "letterbox", fit: .letterbox(Size(224)), exif: .apply)
    default:
      guard let preset = TorchvisionPresets.preset(named: name) else {
        throw .unknownPreset(name, nearest: Preset.nearest(to: name))
      }
      self = preset
    }
  }

  /// Shorter side to 256, the centre of 224x224, ImageNet's mean and deviation; ignores Exif.
  public static let imagenet = Preset(
    name: "imagenet", fit: .shorter(resize: 256, crop: Size(224)))

  /// What the bundled models take: pictures of 128x128 as they are, -2 to 2; applies Exif.
  public static let scenes = Preset(
    name: "scenes", fit: .shorter(resize: 128, crop: Size(128)), mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25], exif: .apply)

  /// Every name that `init(named:)` knows, the short ones of torchvision's weights last.
  public static let allNames = names + TorchvisionPresets.entries.map(\.alias)

  /// The names with the fewest changes between them and this one.
  static func nearest(to name: String) -> [String] {
    let name = name.lowercased()
    let candidates = allNames + TorchvisionPresets.entries.map(\.weights)
    let ranked = candidates.map { ($0, distance(name, $0.lowercased())) }
    guard let best = ranked.map(\.1).min(), best <= max(2, name.count / 3) else { return [] }
    return Array(ranked.filter { $0.1 == best }.map(\.0).prefix(3))
  }

  /// How many letters must be put in, taken out or replaced.
  private static func distance(_ a: String, _ b: String) -> Int {
    // Names are short; what a user typed need not be.
    let a = Array(a.utf8.prefix(100))
    var row = Array(0...b.utf8.count)
    for (i, left) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, right) in b.utf8.enumerated() {
        let change = diagonal + (left == right ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(change, row[j] + 1, diagonal + 1)
      }
    }
    return row[b.utf8.count]
  }
}

extension Preset.Fit {
  fileprivate static let square224 = Preset.Fit.exact(Preset.Size(224), crop: nil)
}
