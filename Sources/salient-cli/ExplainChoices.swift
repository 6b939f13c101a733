import Execution
import Imaging
import Jobs
import Saliency
import Salient

/// The flags of `explain` with the values in force: given, by a recipe, from an earlier run, or by
/// default.
struct ExplainChoices {
  let words: [String]
  let model: String
  let externalDataFolder: String?
  let size: String?
  let labels: String?
  let truth: String?
  var methods: [MethodRequest]
  /// As the user wrote them.
  var methodTexts: [String]
  let settings: [String]
  let targets: [String]
  let layers: [String]
  let scores: ScoreFunction?
  /// Who names them, where anybody does.
  var scoresOrigin = "--scores"
  let recipe: String?
  var preset: PresetChoice
  let drawing: Drawing
  let colorMap: String?
  let overlaySize: String
  let device: String
  let memory: String?
  let kernels: String?
  let threads: Int?
  let precision: Precision
  let batchSize: Int
  let keeps: Keeps
  var folder: OutputFolder
  let seed: UInt64
  let shard: Shard?
  /// Only so many of the first images.
  var limit: Int?
  /// The flags of another verb, as run.json keeps them.
  var otherFlags: [JSONValue.Member] = []

  /// One part of the inputs.
  struct Shard {
    let index: Int
    let count: Int
  }

  init(
    _ flags: Explain, verb: String = "explain", _ catalogue: MethodCatalogue = MethodCatalogue()
  ) throws(Failure) {
    let sources = try FlagSources(recipe: flags.recipe, earlier: flags.results.earlier)
    guard !flags.inputs.isEmpty else {
      throw Failure(
        .usage, verb, "no INPUT", try: "salient \(verb) cat.jpg --model net.onnx")
    }
    words = flags.inputs
    guard let model = sources.text("model", flags.model.model) else {
      throw Failure(
        .usage, "--model", "is missing", try: "salient \(verb) \(words[0]) --model net.onnx")
    }
    self.model = model
    externalDataFolder = sources.text("external-data-dir", flags.model.externalDataFolder)
    size = sources.text("size", flags.model.size)
    labels = sources.text("labels", flags.labels)
    truth = sources.text("truth", flags.truth)
    methodTexts = sources.texts("method", flags.method, default: ["group-cam"])
    let stated = sources.texts("set", flags.settings, default: [])
    // What a recipe or an earlier run sets for a method goes with the method.
    settings =
      flags.settings.isEmpty ? catalogue.fitting(stated, to: methodTexts) : stated
    methods = try catalogue.requests(methodTexts, set: settings)
    targets = sources.texts("target", flags.target, default: ["top1"])
    layers = sources.texts("layer", flags.layer, default: [])
    scores = try sources.text("scores", flags.scores).map { text throws(Failure) in
      try Flags.word(text, "--scores")
    }
    recipe = sources.recipeName
    preset = try PresetChoice(flags.pictures, size: size, sources)
    drawing = try Self.drawing(flags.overlays, sources)
    colorMap = sources.text("colormap", flags.overlays.colormap)
    overlaySize = sources.text("overlay-size", flags.overlays.overlaySize) ?? "1024"
    device = sources.text("device", flags.device.device) ?? "auto"
    memory = sources.text("memory", flags.device.memory)
    kernels = sources.text("kernels", flags.device.kernels)
    threads = try sources.text("threads", flags.results.threads).map { text throws(Failure) in
      try Flags.count(text, "--threads")
    }
    precision = try Self.precision(sources.text("precision", flags.precision) ?? "fp32")
    batchSize = try Flags.count(
      sources.text("batch-size", flags.batchSize) ?? "8", "--batch-size")
    keeps = try Self.keeps(
      sources.texts("save", flags.save, default: ["map", "overlay", "report"]))
    seed = try Flags.seed(sources.text("seed", flags.results.seed) ?? "0")
    shard = try sources.text("shard", flags.shard).map { text throws(Failure) in
      try Self.shard(text)
    }
    folder = try Self.folder(flags)
  }

  /// Every flag with the value in force, as run.json keeps it.
  var flags: [JSONValue.Member] {
    let texts = { (texts: [String]) in JSONValue.array(texts.map(JSONValue.string)) }
    return [
      .init("model", .string(model)), .init("external-data-dir", .text(externalDataFolder)),
      .init("size", .text(size)), .init("labels", .text(labels)), .init("truth", .text(truth)),
      .init("method", texts(methodTexts)), .init("set", texts(settings)),
      .init("target", texts(targets)), .init("layer", texts(layers)),
      .init("scores", .text(scores?.rawValue)), .init("recipe", .text(recipe)),
    ] + preset.flags + [
      .init("colormap", .text(colorMap)),
      .init("overlay", .string(drawing.overlay.style.rawValue)),
      .init("overlay-size", .string(overlaySize)), .init("device", .string(device)),
      .init("memory", .text(memory)), .init("kernels", .text(kernels)),
      .init("threads", .text(threads.map(String.init))),
      .init("precision", .string(precision.rawValue)),
      .init("batch-size", .string(String(batchSize))),
      .init("save", texts(keeps.words)), .init("seed", .string(String(seed))),
      .init("shard", .text(shard.map { "\($0.index)/\($0.count)" })),
    ] + otherFlags
  }
}
