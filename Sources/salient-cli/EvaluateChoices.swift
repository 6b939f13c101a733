import Evaluation
import Jobs
import Saliency
import Salient

/// The flags of `evaluate` with the values in force.
struct EvaluateChoices {
  /// Those that `explain` has too.
  var explain: ExplainChoices
  /// The metrics.
  let metrics: [MetricRequest]
  /// Whether the user named them, or a protocol did; else those of objects are for data sets alone.
  let areMetricsStated: Bool
  /// The published protocol.
  let rules: EvaluationProtocol?
  /// The folder of finished maps.
  let maps: String?
  /// The targets that the user named.
  let targets: [String]
  /// Whether records keep curves.
  let keepsCurves: Bool

  init(_ flags: Evaluate) throws(Failure) {
    guard !flags.inputs.isEmpty else {
      throw Failure(
        .usage, "evaluate", "no INPUT", try: "salient evaluate photos/ --model net.onnx")
    }
    guard flags.maps == nil || flags.method.isEmpty else {
      throw Failure(
        .usage, "--maps \(flags.maps ?? "")", "holds the maps; --method makes others",
        try: "give one of the two")
    }
    rules = try flags.rules.map { name throws(Failure) in try Self.rules(name) }
    let sweeps = try flags.sweep.map { text throws(Failure) in try Sweep(text) }
    let layers = sweeps.filter(\.isOfLayers).flatMap(\.values)
    guard layers.isEmpty || flags.layer.isEmpty else {
      throw Failure(.usage, "--sweep layer", "--layer names layers too", try: "give one of the two")
    }
    var texts = flags.metric
    if texts.isEmpty { texts = rules?.metrics ?? ["insertion", "deletion"] }
    let names = texts.flatMap { $0.split(separator: ",") }.map { String($0.prefix { $0 != ":" }) }
    // Layers are ranked by it.
    if !layers.isEmpty, flags.metric.isEmpty, !names.contains("over-all") {
      texts.append("over-all")
    }
    areMetricsStated = !flags.metric.isEmpty || rules != nil
    let ofObjects = areMetricsStated ? [] : ["pointing", "energy", "localisation"]
    let choice = try MetricChoice(texts + ofObjects, set: flags.settings, rules: rules)
    metrics = choice.requests
    maps = flags.maps
    targets = flags.target
    keepsCurves = flags.curves
    let methods = try Sweep.methods(
      flags.method.isEmpty ? ["group-cam"] : flags.method, sweeps.filter { !$0.isOfLayers })
    let words = flags.words(
      methods: methods, layers: flags.layer + layers, settings: choice.otherSettings,
      rules: rules)
    let parsed: Explain
    do {
      parsed = try Explain.parse(words)
    } catch {
      throw Failure(.ours, "evaluate", "\(error)", try: "please report this")
    }
    explain = try ExplainChoices(parsed, verb: "evaluate", Self.catalogue)
    explain.folder = OutputFolder(
      explain.folder.path, mode: explain.folder.mode, records: "evaluation.jsonl")
    explain.limit = try flags.limit.map { text throws(Failure) in
      try Flags.count(text, "--limit")
    }
    if flags.maps != nil { explain.methods = [] }
    if let name = rules?.preset, flags.pictures.preset == nil {
      try explain.preset.setFallback(name, origin: "--protocol \(rules?.name ?? "")")
    }
    explain.otherFlags = [
      .init("metric", .array(texts.map(JSONValue.string))),
      .init("metric-set", .array(flags.settings.map(JSONValue.string))),
      .init("protocol", .text(flags.rules)), .init("maps", .text(flags.maps)),
      .init("sweep", .array(flags.sweep.map(JSONValue.string))),
      .init("limit", .text(flags.limit)), .init("curves", .bool(flags.curves)),
      .init("own-target", .array(flags.target.map(JSONValue.string))),
    ]
  }
}

extension EvaluateChoices {
  /// The methods, and the floors that they must beat.
  static let catalogue = MethodCatalogue(Catalogue.methods + Floors.methods)

  private static func rules(_ name: String) throws(Failure) -> EvaluationProtocol {
    do throws(SettingError) {
      return try EvaluationProtocol.named(name)
    } catch {
      let names = EvaluationProtocol.all.map(\.name)
      throw Failure(
        .usage, "--protocol \(name)", "no such protocol",
        try: Spelling.question(name, names) ?? "there are \(names.joined(separator: ", "))")
    }
  }
}

/// One `--sweep SETTING=V,V,...`.
struct Sweep {
  let owner: String?
  let key: String
  let values: [String]
  private let text: String

  /// Whether it goes over layers.
  var isOfLayers: Bool { owner == nil && key == "layer" }

  init(_ text: String) throws(Failure) {
    self.text = text
    guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
      throw Failure(
        .usage, "--sweep \(text)", "is not SETTING=V,V,...",
        try: "write --sweep group-cam.groups=1,8,32 or --sweep layer=layer3,layer4")
    }
    let name = text[..<sign]
    let point = name.lastIndex(of: ".")
    owner = point.map { String(name[..<$0]) }
    key = point.map { String(name[name.index(after: $0)...]) } ?? String(name)
    values = text[text.index(after: sign)...]
      .split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard values.allSatisfy({ !$0.isEmpty }), Set(values).count == values.count else {
      throw Failure(.usage, "--sweep \(text)", "names a value twice, or an empty one")
    }
  }

  /// The methods with each value of each sweep, one sweep at a time.
  static func methods(_ texts: [String], _ sweeps: [Sweep]) throws(Failure) -> [String] {
    let words = texts.flatMap { $0.split(separator: ",").map(String.init) }
    let catalogue = EvaluateChoices.catalogue
    var made: [[String]] = words.map { _ in [] }
    for sweep in sweeps {
      if let owner = sweep.owner { _ = try catalogue.method(owner, flag: "--sweep \(sweep.text):") }
      var isUsed = false
      for (place, word) in words.enumerated() {
        let name = String(word.prefix { $0 != ":" })
        guard sweep.owner == nil || sweep.owner == name,
          try catalogue.method(name).settings.contains(where: { $0.name == sweep.key })
        else { continue }
        isUsed = true
        made[place] += sweep.values.map { "\(word):\(sweep.key)=\($0)" }
      }
      guard isUsed else {
        var known: [String] = []
        for word in words {
          known += try catalogue.method(String(word.prefix { $0 != ":" })).settings.map(\.name)
        }
        throw Failure(
          .usage, "--sweep \(sweep.text)", "none of the methods has the setting \(sweep.key)",
          try: Spelling.question(sweep.key, known) ?? "salient methods lists them")
      }
    }
    return zip(words, made).flatMap { $1.isEmpty ? [$0] : $1 }
  }
}

extension Evaluate {
  /// The same as flags of `explain`.
  func words(
    methods: [String], layers: [String], settings: [String], rules: EvaluationProtocol?
  ) -> [String] {
    let single: [(String, String?)] = [
      ("model", model.model), ("external-data-dir", model.externalDataFolder),
      ("size", model.size), ("labels", labels), ("truth", truth),
      ("scores", scores ?? rules?.scores?.rawValue),
      ("preset", pictures.preset), ("mean", pictures.mean), ("std", pictures.std),
      ("exif", pictures.exif), ("alpha", pictures.alpha), ("max-pixels", pictures.maxPixels),
      ("resample", pictures.resample), ("device", device.device), ("memory", device.memory),
      ("kernels", device.kernels), ("threads", threads), ("precision", precision),
      ("batch-size", batchSize), ("seed", seed), ("save", "none"),
    ]
    var words = single.compactMap { flag, value in value.map { "--\(flag)=\($0)" } }
    for (flag, values) in [
      ("method", methods), ("set", settings), ("target", target), ("layer", layers),
    ] {
      words += values.map { "--\(flag)=\($0)" }
    }
    if let output { words += ["-o", output] }
    if resume { words.append("--resume") }
    if overwrite { words.append("--overwrite") }
    if json { words.append("--json") }
    if quiet { words.append("--quiet") }
    if verbose { words.append("--verbose") }
    return words + ["--"] + inputs
  }
}
