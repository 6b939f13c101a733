/// The preprocessing of torchvision's weights for classification.
enum TorchvisionPresets {
  /// What torchvision says about one of its weights.
  struct Entry {
    /// `ResNet50_Weights.IMAGENET1K_V2`.
    let weights: String
    /// `resnet50-v2`.
    let alias: String
    /// `resnet50`.
    let builder: String
    /// Whether torchvision's own `DEFAULT` means these weights.
    let isDefault: Bool
    /// The steps.
    let preset: Preset
  }

  /// All weights in the order of the table.
  static let entries: [Entry] = table.split(separator: "\n").compactMap(entry)

  /// A preset by the name of weights, in any of its three forms.
  static func preset(named name: String) -> Preset? {
    let name = name.lowercased()
    let entry = entries.first { entry in
      let isNamed = name == entry.weights.lowercased() || name == entry.alias
      let enumeration = entry.weights.prefix { $0 != "." }.lowercased()
      return isNamed
        || (entry.isDefault && (name == entry.builder || name == enumeration + ".default"))
    }
    return entry?.preset
  }

  private static func entry(_ line: Substring) -> Entry? {
    let words = line.split(separator: " ").map(String.init)
    guard words.count == 7, let resize = Int(words[3]), let crop = Int(words[4]),
      let interpolation = Interpolation(rawValue: words[5])
    else { return nil }
    let weights = "\(words[1]).\(words[2])"
    let builder = words[0].filter { $0 != "*" }
    // All members begin with the name of the data set.
    let version = words[2].split(separator: "_").dropFirst().joined(separator: "-").lowercased()
    var preset = Preset(
      name: weights, fit: .shorter(resize: resize, crop: Preset.Size(crop)),
      interpolation: interpolation)
    switch words[6] {
    case "half":
      preset.mean = [0.5, 0.5, 0.5]
      preset.std = [0.5, 0.5, 0.5]
    case "bytes":
      // 0...255 written as a division of 0...1 by 1/255.
      preset.mean = [0.48235, 0.45882, 0.40784]
      preset.std = [1 / 255, 1 / 255, 1 / 255]
    default: break
    }
    return Entry(
      weights: weights, alias: "\(builder)-\(version)", builder: builder,
      isDefault: words[0].hasSuffix("*"), preset: preset)
  }
}
