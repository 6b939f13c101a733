import Execution
import Graphs
import Jobs
import Models
import Reports
import Saliency
import Salient

/// Everything that `explain` knows before the first kernel runs.
struct ExplainPlan {
  let choices: ExplainChoices
  let model: Salient.Model
  let preset: PresetInUse
  let job: Job
  private(set) var record: RunRecord
  private(set) var prediction: RunPrediction
  /// Where true classes come from; nil where nobody has any.
  let truth: TruthChoice?

  init(_ choices: ExplainChoices, _ list: InputList) async throws(Failure) {
    self.choices = choices
    async let hash = Self.hash(of: choices.model)
    let (network, preset) = try choices.preset.open(
      ModelPath(path: choices.model, externalDataFolder: choices.externalDataFolder))
    self.preset = preset
    let context = try Self.context(choices, network)
    let targets = try context.targets(choices.targets)
    // A layer that is asked for must be there, though no method may read it.
    var names = choices.layers.map(Optional.some)
    if names.isEmpty, choices.methods.contains(where: \.explainer.readsLayer) { names = [nil] }
    let layers = LayerRequest.requests(
      try names.map { name throws(Failure) in
        try Self.layer(name, network, choices.model, targets)
      })
    try Self.check(choices.methods, at: layers, network)
    var inputs = try choices.usable(list)
    var truth = try TruthChoice(choices, list, targets)
    try truth?.apply(to: &inputs, context)
    self.truth = truth
    // Shards together are the first inputs, as one run is.
    if let limit = choices.limit { inputs = Array(inputs.prefix(limit)) }
    inputs = choices.inShard(inputs)
    let device = try Flags.device(
      choices.device, memory: choices.memory, kernels: choices.kernels)
    model = try await Salient.Model(
      network, on: device, scores: context.scores, precision: choices.precision,
      blackLevel: preset.preparation.blackLevel, seed: choices.seed)
    var engine = model.engine
    engine.options.whiteLevel = preset.preparation.whiteLevel
    if preset.isSizeOpen {
      let options = engine.options
      engine.resizing = { height, width async throws(Failure) in
        let network = try Salient.Model.read(
          choices.model, size: (height, width), externalDataFolder: choices.externalDataFolder)
        var resized = try await Salient.Model(
          network, on: device, scores: options.scores, precision: options.precision,
          blackLevel: options.blackLevel, seed: options.seed
        ).engine
        resized.options.whiteLevel = options.whiteLevel
        return resized
      }
    }
    let cores = Machine.coreCount
    var job = Job(
      inputs: inputs, methods: choices.methods, targets: targets, layers: layers,
      context: context, keeps: choices.keeps, preparation: preset.preparation,
      drawing: choices.drawing, batchSize: choices.batchSize,
      threads: choices.threads ?? (device.isHost ? max(1, cores / 4) : max(1, cores - 1)),
      folder: choices.folder, engine: engine)
    prediction = RunPrediction(job, network, device)
    var record = RunRecord(
      command: Terminal.commandLine,
      provenance: RunRecord.Provenance(
        version: Salient.version, device: device.name, driver: device.driver,
        precision: choices.precision.rawValue, modelPath: choices.model,
        modelSHA256: try await hash.get(), kernelHash: device.kernelHash,
        tuningHash: device.tuningHash),
      flags: choices.flags, seed: choices.seed,
      predicted: RunRecord.Effort(
        bytes: prediction.byteCount, seconds: prediction.seconds,
        deviceBytes: prediction.deviceByteCount))
    record.chosen = Self.chosen(context, layers, preset, network)
    record.chosen.append(.init("colormap", .string(choices.drawing.overlay.colorMap.rawValue)))
    record.preset = preset.json
    self.record = record
    if choices.keeps.contains(.report) || choices.keeps.contains(.sheet) {
      let facts = Self.facts(job, record, network, preset)
      let summary = RunSummary(of: job, facts: facts)
      job.closingFiles = summary.shownMaximum
      job.closing = { record async throws(Failure) in try await summary.write(record) }
    }
    self.job = job
  }

  /// Predicts the memory of the device by going through what the run will do, without computing.
  /// - Parameter count: goes through it on an engine that counts; nil where that engine cannot.
  /// - Throws: `Failure` where the weights cannot be named.
  mutating func countMemory(_ count: (Engine) async -> Int?) async throws(Failure) {
    guard let engine = try await model.rehearsal(), let bytes = await count(engine) else { return }
    prediction.deviceByteCount = bytes
    record.predicted.deviceBytes = bytes
  }

  /// What was chosen where no flag says it.
  private static func chosen(
    _ context: TargetContext, _ layers: [LayerRequest], _ preset: PresetInUse, _ network: Network
  ) -> [JSONValue.Member] {
    let list = layers.map { layer -> JSONValue in
      [
        "name": .string(layer.name), "tensor": .string(layer.tensor),
        "shape": .string(layer.shape.description),
      ]
    }
    return [
      .init("scores", .string(context.scores.rawValue)),
      .init("labels", .text(context.labels?.origin)), .init("preset", .string(preset.origin)),
      .init("layers", .array(list)), .init("output", .string(network.logits.name)),
      .init("notes", .array(network.notes.map(JSONValue.string))),
    ]
  }

  /// The head of the report.
  private static func facts(
    _ job: Job, _ record: RunRecord, _ network: Network, _ preset: PresetInUse
  ) -> [RunSummary.Fact] {
    let source = record.provenance
    let driver = source.driver.map { ", driver \($0)" } ?? ""
    return [
      .init("model", "\(source.modelPath), SHA-256 \(source.modelSHA256.prefix(16))..."),
      .init("labels", job.labels?.origin ?? "none"),
      .init("input", preset.line(network.imageShape, pictures: true)),
      .init("methods", job.methods.map(\.name).joined(separator: ", ")),
      .init("targets", job.targets.prefix(20).map(\.text).joined(separator: ", ")),
      .init("layers", layerFact(job)),
      .init("scores", job.context.scores.rawValue),
      .init("device", "\(source.device)\(driver), \(source.precision)"),
      .init("seed", String(record.seed)),
      .init("program", "salient \(source.version)"),
    ]
  }

  private static func layerFact(_ job: Job) -> String {
    let isRead = job.methods.contains(where: \.explainer.readsLayer)
    let names = isRead ? job.layers.map { "\($0.name) \($0.shape)" } : ["none is read"]
    return names.joined(separator: ", ")
  }

  /// The layer of a name, or the automatic one: a stack of maps, for each image.
  private static func layer(
    _ name: String?, _ network: Network, _ model: String, _ targets: [TargetRequest]
  ) throws(Failure) -> Network.Layer {
    let layer: Network.Layer
    do throws(Failure) {
      layer = try network.layer(name, for: targets)
    } catch  where error.kind == .content {
      throw Failure(.content, model, error.what)
    }
    guard let name, layer.shape.rank != 4 || network.graph[layer.value].rows == nil else {
      return layer
    }
    let automatic = (try? network.automaticLayer()).map { ", \($0.name) among them" } ?? ""
    throw Failure(
      .content, "--layer \(name)", "is \(layer.shape.row) for an image, no stack of maps",
      try: "take one that salient layers \(model) lists\(automatic)")
  }

  private static func hash(of path: String) async -> Result<String, Failure> {
    Result { () throws(Failure) in try ModelHash.hash(model: path) }
  }

  /// The classes against which targets are read.
  private static func context(
    _ choices: ExplainChoices, _ network: Network
  ) throws(Failure) -> TargetContext {
    let count = network.classCount ?? 0
    let scores = choices.scores ?? (count == 0 ? .raw : network.defaultScores)
    guard count != 1 || scores != .softmax else {
      throw Failure(
        .usage, "--scores softmax", "of one output is always 1", try: "give --scores sigmoid or raw"
      )
    }
    return TargetContext(
      outputCount: count, labels: try labels(choices.labels, network, count), scores: scores,
      outputs: network.namedOutputs)
  }

  /// The names of the classes: those asked for, stated, or assumed.
  private static func labels(
    _ choice: String?, _ network: Network, _ count: Int
  ) throws(Failure) -> Labels? {
    switch choice {
    case "none": return nil
    case "imagenet":
      guard count == 1000 else {
        throw Failure(
          .usage, "--labels imagenet",
          "1,000 names for \(Quantity.count(count, "class", "classes"))",
          try: "give --labels FILE with one label a line")
      }
      return .imageNet
    case let path?: return try Labels(file: path, classCount: count == 1 ? 2 : count)
    case nil: return network.statedLabels ?? (count == 1000 ? .imageNet : nil)
    }
  }

  private static func check(
    _ methods: [MethodRequest], at layers: [LayerRequest], _ network: Network
  ) throws(Failure) {
    let graph = network.graph.with(outputs: [network.logits.value])
    for method in methods {
      if let obstacle = method.explainer.needs(graph).obstacle {
        throw Failure(.content, method.name, obstacle)
      }
      for layer in layers {
        let obstacle = method.explainer.obstacle(at: LayerName(layer.tensor), in: graph)
        if let obstacle { throw Failure(.content, method.name, layer.named(in: obstacle)) }
      }
    }
  }

  /// Refuses what the disk cannot hold.
  func checkSpace() throws(Failure) {
    guard let free = prediction.freeByteCount, prediction.byteCount > free else { return }
    throw Failure(
      .inputOutput, job.folder.path,
      "\(Quantity.bytes(prediction.byteCount)) to write, and \(Quantity.bytes(free)) free",
      try: "make room, choose another folder with -o, or keep less with --save")
  }
}
