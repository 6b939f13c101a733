import ArgumentParser

/// How pictures become images of the network.
struct PictureOptions: ParsableArguments {
  @Option(
    help: "imagenet, squash224, caffe, tf, torchray, letterbox, scenes, a torchvision name, FILE.")
  var preset: String?

  @Option(help: "Subtracted from the channels: 0.485,0.456,0.406.")
  var mean: String?

  @Option(help: "Divides each channel: 0.229,0.224,0.225.")
  var std: String?

  @Option(help: "Turn pictures as EXIF says: apply or ignore (the preset's).")
  var exif: String?

  @Option(help: "Transparency: drop, white or black.")
  var alpha: String?

  @Option(help: ArgumentHelp("Larger pictures are refused (89478485).", valueName: "n"))
  var maxPixels: String?

  @Option(help: "pillow13 (default) or pillow12: order of passes; nearest.")
  var resample: String?
}

/// How maps are drawn on pictures.
struct OverlayOptions: ParsableArguments {
  @Option(help: "inferno (default), viridis, turbo, jet.")
  var colormap: String?

  @Option(help: "opacity, blend, blog, group-cam, library, torch7.")
  var overlay: String?

  @Option(help: ArgumentHelp("Longer side at most: N or full (1024).", valueName: "n"))
  var overlaySize: String?
}
