import Jobs

extension Failure {
  /// The failure of an epoch whose network judges nothing any more.
  static func diverged(in epoch: Int) -> Failure {
    Failure(
      .content, "epoch \(epoch)", "the validation loss is not finite",
      try: "start over with a smaller --lr, --warmup 1 or --clip 1, by --overwrite or another -o;"
        + " best.safetensors stays until then")
  }

  /// The failure of a set that has pictures, and too few for a step.
  static func noStep(of set: PictureSet) -> Failure {
    Failure(
      .content, set.path, "no batch has two pictures that can be read",
      try: "see the lines above, or give a larger --batch-size")
  }

  /// The failure of a probe whose maps cannot be compared; the run goes on.
  static let mapsNotFinite = Failure(
    .content, "--probe", "its maps hold NaN or infinity, so map_change is null",
    try: "a smaller --lr may help")
}
