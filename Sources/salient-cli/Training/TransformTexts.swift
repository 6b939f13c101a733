import Imaging
import Jobs
import Training

/// The texts of the flags that change pictures, and what they mean.
struct TransformTexts {
  /// The flags with their texts.
  let texts: FlagTexts

  /// `0.5,1`.
  func range(
    _ flag: String, in bounds: ClosedRange<Double>
  ) throws(Failure) -> ClosedRange<Double>? {
    guard let text = texts[flag] else { return nil }
    let ends = numbers(text)
    guard ends.count == 2, ends.allSatisfy(bounds.contains), ends[0] <= ends[1] else {
      throw Failure(
        .usage, "--\(flag) \(text)",
        "is no MIN,MAX within \(bounds.lowerBound) and \(bounds.upperBound)",
        try: "write --\(flag) \(flag == "crop-scale" ? "0.5,1" : "0.75,1.3333")")
    }
    return ends[0]...ends[1]
  }

  /// How many of all pictures, 0...1.
  func share(_ flag: String) throws(Failure) -> Double? {
    guard let text = texts[flag] else { return nil }
    return try Flags.number(text, "--\(flag)", in: 0...1)
  }

  /// `--crop-keeps`.
  var keepsObject: Bool {
    get throws(Failure) {
      guard let text = texts["crop-keeps"] else { return false }
      guard text == "object" else {
        throw Failure(
          .usage, "--crop-keeps \(text)", "the only value is object",
          try: "--crop-keeps object, or leave it out")
      }
      return true
    }
  }

  /// All that changes colours.
  var colors: ColorChange {
    get throws(Failure) {
      var colors = ColorChange()
      colors.jitter = try jitter
      colors.grayProbability = try share("grayscale") ?? 0
      colors.permutationProbability = try share("permute-channels") ?? 0
      colors.inversionProbability = try share("invert") ?? 0
      return colors
    }
  }

  private var jitter: ColorJitter {
    get throws(Failure) {
      guard let text = texts["color-jitter"] else { return ColorJitter() }
      let reach = numbers(text)
      guard 1...4 ~= reach.count, reach.allSatisfy({ 0...10 ~= $0 }),
        reach.dropFirst(3).allSatisfy({ $0 <= 0.5 })
      else {
        throw Failure(
          .usage, "--color-jitter \(text)",
          "is no BRIGHTNESS,CONTRAST,SATURATION,HUE from 0, HUE up to 0.5",
          try: "write --color-jitter 0.4,0.4,0.4,0.1")
      }
      let all = reach + [0, 0, 0]
      return ColorJitter(
        brightness: all[0], contrast: all[1], saturation: all[2], hue: all[3])
    }
  }

  /// `80` or `80x96`, with `:12` for the first 12 epochs.
  func window(epochs: Int) throws(Failure) -> TransformValues.Window? {
    guard let text = texts["random-crop"] else { return nil }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let count = parts.count == 2 ? Int(parts[1]) : epochs
    guard parts.count <= 2, let count, 1...epochs ~= count,
      let size = try? Preset.size(parts[0])
    else {
      throw Failure(
        .usage, "--random-crop \(text)",
        "is no size of windows, or not with up to \(Quantity.count(epochs, "epoch"))",
        try: "write --random-crop 96, or --random-crop 96:5")
    }
    return TransformValues.Window(size: size, epochs: count)
  }

  /// The numbers between commas; what is none is not a number.
  private func numbers(_ text: String) -> [Double] {
    text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
  }
}
