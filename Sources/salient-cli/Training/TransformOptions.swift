import ArgumentParser

/// What becomes of pictures before a network learns from them; none of it where it is judged.
struct TransformOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Share of a picture's area in a part (0.08,1).", valueName: "min,max"))
  var cropScale: String?

  @Option(help: ArgumentHelp("Width by height of a part (0.75,1.3333).", valueName: "min,max"))
  var cropRatio: String?

  @Option(help: "object: parts and windows hold the largest one; DATA is a data set.")
  var cropKeeps: String?

  @Option(
    help: ArgumentHelp(
      "Learn from windows of the images, in the first epochs only if those are given.",
      valueName: "n|hxw[:epochs]"))
  var randomCrop: String?

  @Option(help: ArgumentHelp("Share of pictures that is mirrored (0.5).", valueName: "share"))
  var flip: String?

  @Option(
    help: ArgumentHelp(
      "Brightness, contrast, saturation, hue: how far they change.", valueName: "b,c,s,h"))
  var colorJitter: String?

  @Option(help: ArgumentHelp("Share of pictures that loses its colours (0).", valueName: "share"))
  var grayscale: String?

  @Option(
    help: ArgumentHelp("Share whose channels change places (0).", valueName: "share"))
  var permuteChannels: String?

  @Option(help: ArgumentHelp("Share that becomes its negative (0).", valueName: "share"))
  var invert: String?
}
