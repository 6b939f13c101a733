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
  /// The texts of `--set`.
  let settings: [String]
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
  /// Whether the layers are those of a sweep.
  let sweepsLayers: Bool

  init(_ given: Evaluate) throws(Failure) {
    guard !given.inputs.isEmpty else {
      throw Failure(
        .usage, "evaluate", "no INPUT", try: "salient evaluate photos/ --model net.onnx")
    }
    let flags = try EvaluateFlags(given)
    guard flags.maps == nil || flags.methods.isEmpty else {
      throw Failure(
        .usage, "--maps \(flags.maps ?? "")", "holds the maps; --method makes others",
        try: "give one of the two")
    }
    rules = try flags.rules.map { name throws(Failure) in try Self.rules(name) }
    let sweeps = try flags.sweeps.map { text throws(Failure) in try Sweep(text) }
    let layers = sweeps.filter(\.isOfLayers).flatMap(\.values)
    guard layers.isEmpty || given.layer.isEmpty else {
      throw Failure(.usage, "--sweep layer", "--layer names layers too", try: "give one of the two")
    }
    var texts = flags.metrics
    if texts.isEmpty { texts = rules?.metrics ?? ["insertion", "deletion"] }
    let names = texts.flatMap { $0.split(separator: ",") }.map { String($0.prefix { $0 != ":" }) }
    // Layers are ranked by it.
    if !layers.isEmpty, flags.metrics.isEmpty, !names.contains("over-all") {
      texts.append("over-all")
    }
    areMetricsStated = !flags.metrics.isEmpty || rules != nil
    let ofObjects = areMetricsStated ? [] : ["pointing", "energy", "localisation"]
    let written = flags.methods.isEmpty ? ["group-cam"] : flags.methods
    let choice = try MetricChoice(
      texts + ofObjects, set: flags.settings,
      beside: flags.maps == nil ? Self.catalogue.methods(in: written) : [], rules: rules)
    metrics = choice.requests
    settings = flags.settings
    maps = flags.maps
    targets = flags.targets
    keepsCurves = flags.curves
    sweepsLayers = !layers.isEmpty
    let methods = try Sweep.methods(written, sweeps.filter { !$0.isOfLayers })
    let words = given.words(
      methods: methods, layers: given.layer + layers,
      // What an earlier run set for methods is taken from there.
      settings: given.settings.isEmpty ? [] : choice.otherSettings,
      scores: flags.scores ?? rules?.scores?.rawValue)
    let parsed: Explain
    do {
      parsed = try Explain.parse(words)
    } catch {
      throw Failure(.ours, "evaluate", "\(error)", try: "please report this")
    }
    explain = try ExplainChoices(parsed, verb: "evaluate", Self.catalogue)
    explain.methodTexts = written
    explain.folder = OutputFolder(
      explain.folder.path, mode: explain.folder.mode, records: "evaluation.jsonl")
    explain.limit = try flags.limit.map { text throws(Failure) in
      try Flags.count(text, "--limit")
    }
    if flags.maps != nil { explain.methods = [] }
    if flags.scores == nil, let rules { explain.scoresOrigin = "--protocol \(rules.name)" }
    if let name = rules?.preset, !explain.preset.isNamed {
      try explain.preset.prescribe(name, origin: "--protocol \(rules?.name ?? "")")
    }
    explain.otherFlags = [
      .init("metric", .array(flags.metrics.map(JSONValue.string))),
      .init("metric-set", .array(flags.settings.map(JSONValue.string))),
      .init("protocol", .text(flags.rules)), .init("maps", .text(flags.maps)),
      .init("sweep", .array(flags.sweeps.map(JSONValue.string))),
      .init("limit", .text(flags.limit)), .init("curves", .text(flags.curves ? "true" : nil)),
      .init("own-target", .array(flags.targets.map(JSONValue.string))),
    ]
  }
}

extension EvaluateChoices {
  /// The methods, and the floors that they must beat.
  static let catalogue = MethodCatalogue(Catalogue.methods + Floors.methods)

  /// A failure under the flag that the user wrote.
  func naming(_ failure: Failure) -> Failure {
    let flag = "--layer "
    guard sweepsLayers, failure.description.hasPrefix(flag) else { return failure }
    return Failure(
      failure.kind, "", "--sweep layer=\(failure.description.dropFirst(flag.count))")
  }

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
