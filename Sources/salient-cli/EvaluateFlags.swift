import Jobs

/// The flags of `evaluate` that `explain` does not have, or reads otherwise: given, by a recipe, or
/// from an earlier run of either verb.
struct EvaluateFlags {
  /// `--metric`.
  let metrics: [String]
  /// `--set`, for metrics and methods.
  let settings: [String]
  /// `--protocol`.
  let rules: String?
  /// `--maps`.
  let maps: String?
  /// `--sweep`.
  let sweeps: [String]
  /// `--limit`.
  let limit: String?
  /// `--curves`.
  let curves: Bool
  /// `--method`, before it is swept.
  let methods: [String]
  /// `--target`, where somebody names one.
  let targets: [String]
  /// `--scores`.
  let scores: String?

  init(_ flags: Evaluate) throws(Failure) {
    let sources = try FlagSources(recipe: flags.recipe, earlier: flags.results.earlier)
    metrics = sources.texts("metric", flags.metric, default: [])
    rules = sources.text("protocol", flags.rules)
    // Settings go with their metrics.
    let isOther = !flags.metric.isEmpty || flags.rules != nil
    settings =
      flags.settings.isEmpty && isOther
      ? [] : sources.texts("metric-set", flags.settings, default: [])
    maps = flags.method.isEmpty ? sources.text("maps", flags.maps) : flags.maps
    methods = maps == nil ? sources.texts("method", flags.method, default: []) : flags.method
    // Other methods have other settings to sweep.
    sweeps =
      flags.method.isEmpty && flags.layer.isEmpty
      ? sources.texts("sweep", flags.sweep, default: []) : flags.sweep
    limit = sources.text("limit", flags.limit)
    curves = flags.curves || sources.text("curves", nil) != nil
    // `explain` notes the target that it takes where none is named.
    let stated = sources.texts("target", flags.target, default: [])
    let own = sources.texts("own-target", flags.target, default: [])
    targets = own.isEmpty && stated != ["top1"] ? stated : own
    scores = sources.text("scores", flags.scores)
  }
}

extension Evaluate {
  /// The same as flags of `explain`.
  func words(
    methods: [String], layers: [String], settings: [String], scores: String?
  ) -> [String] {
    let single: [(String, String?)] = [
      ("model", model.model), ("external-data-dir", model.externalDataFolder),
      ("size", model.size), ("labels", labels), ("truth", truth),
      ("scores", scores), ("recipe", recipe), ("from", results.earlier), ("shard", shard),
      ("preset", pictures.preset), ("mean", pictures.mean), ("std", pictures.std),
      ("exif", pictures.exif), ("alpha", pictures.alpha), ("max-pixels", pictures.maxPixels),
      ("resample", pictures.resample), ("device", device.device), ("memory", device.memory),
      ("kernels", device.kernels), ("threads", results.threads), ("precision", precision),
      ("batch-size", batchSize), ("seed", results.seed), ("save", "none"),
    ]
    var words = single.compactMap { flag, value in value.map { "--\(flag)=\($0)" } }
    for (flag, values) in [
      ("method", methods), ("set", settings), ("target", target), ("layer", layers),
    ] {
      words += values.map { "--\(flag)=\($0)" }
    }
    if let output = results.output { words += ["-o", output] }
    if results.resume { words.append("--resume") }
    if results.overwrite { words.append("--overwrite") }
    if results.dryRun { words.append("--dry-run") }
    if results.json { words.append("--json") }
    if results.quiet { words.append("--quiet") }
    if verbose { words.append("--verbose") }
    return words + ["--"] + inputs
  }
}
