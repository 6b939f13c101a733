import Execution
import Graphs
import Jobs
import Models
import Saliency
import Salient

/// Everything that `explain` knows before the first kernel runs.
struct ExplainPlan {
  let choices: ExplainChoices
  let model: Salient.Model
  let job: Job
  let record: RunRecord
  let prediction: RunPrediction

  init(_ choices: ExplainChoices, _ inputs: [Input]) async throws(Failure) {
    self.choices = choices
    let size = try choices.size.map { text throws(Failure) in try Flags.size(text) }
    async let hash = Self.hash(of: choices.model)
    let network = try Salient.Model.read(
      choices.model, size: size, externalDataFolder: choices.externalDataFolder)
    let context = try Self.context(choices, network)
    let targets = try context.targets(choices.targets)
    let names = choices.layers.isEmpty ? [nil] : choices.layers.map(Optional.some)
    let layers = LayerRequest.requests(
      try names.map { name throws(Failure) in try network.layer(name) })
    try Self.check(choices.methods, network)
    let device = try Flags.device(
      choices.device, memory: choices.memory, kernels: choices.kernels)
    model = try await Salient.Model(
      network, on: device, scores: context.scores, precision: choices.precision)
    let cores = Machine.coreCount
    job = Job(
      inputs: inputs, methods: choices.methods, targets: targets, layers: layers,
      labels: context.labels, keeps: choices.keeps, batchSize: choices.batchSize,
      threads: choices.threads ?? (device.isHost ? max(1, cores / 4) : cores),
      folder: choices.folder, engine: model.engine)
    prediction = RunPrediction(job, network, device)
    var record = RunRecord(
      command: Terminal.commandLine,
      provenance: RunRecord.Provenance(
        version: Salient.version, device: device.name, driver: device.driver,
        precision: choices.precision.rawValue, modelPath: choices.model,
        modelSHA256: try await hash.get(), kernelHash: device.kernelHash),
      flags: choices.flags, seed: choices.seed,
      predicted: RunRecord.Effort(bytes: prediction.byteCount, seconds: prediction.seconds))
    record.chosen = [
      .init("scores", .string(context.scores.rawValue)),
      .init(
        "layers",
        .array(
          layers.map {
            [
              "name": .string($0.name), "tensor": .string($0.tensor),
              "shape": .string($0.shape.description),
            ]
          })),
    ]
    self.record = record
  }

  private static func hash(of path: String) async -> Result<String, Failure> {
    Result { () throws(Failure) in try SHA256.hash(model: path) }
  }

  /// The classes against which targets are read.
  private static func context(
    _ choices: ExplainChoices, _ network: Network
  ) throws(Failure) -> TargetContext {
    guard let count = network.classCount else {
      throw Failure(
        .content, choices.model,
        "its output is \(network.graph[network.logits.value].shape.row), no list of classes",
        try: "expressions over such outputs are not part of this version yet")
    }
    let scores = choices.scores ?? network.defaultScores
    guard count > 1 || scores != .softmax else {
      throw Failure(
        .usage, "--scores softmax", "of one output is always 1", try: "give --scores sigmoid or raw"
      )
    }
    var labels = network.statedLabels
    if choices.labels == "none" {
      labels = nil
    } else if let path = choices.labels {
      labels = try Labels(file: path, classCount: count == 1 ? 2 : count)
    }
    return TargetContext(outputCount: count, labels: labels, scores: scores)
  }

  private static func check(
    _ methods: [MethodRequest], _ network: Network
  ) throws(Failure) {
    let graph = network.graph.with(outputs: [network.logits.value])
    for method in methods {
      if let obstacle = method.explainer.needs(graph).obstacle {
        throw Failure(.content, method.name, obstacle)
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

/// What a run will take, as far as that can be told before it starts.
struct RunPrediction {
  /// Bytes that will be written.
  let byteCount: Int
  /// Seconds it will take, roughly.
  let seconds: Double
  /// Forward passes of whole images.
  let forwards: Int
  /// Bytes that the disk has left; nil where that is not known.
  let freeByteCount: Int?

  init(_ job: Job, _ network: Network, _ device: DeviceInUse) {
    let (height, width) = (network.imageShape[1], network.imageShape[2])
    var bytes = 1200
    if job.keeps.map { bytes += height * width * 4 + 128 }
    if job.keeps.raw {
      bytes += 128 + (job.layers.map { $0.shape.elementCount / max(1, $0.shape[0]) }.max() ?? 0) * 4
    }
    let maps = job.inputs.count * job.mapsPerInput
    byteCount = maps * bytes + 8192
    let perTarget = job.methods.reduce(Passes()) { sum, method in
      let passes = method.explainer.needs(network.graph).passes
      return Passes(
        forwards: sum.forwards + passes.forwards, backwards: sum.backwards + passes.backwards)
    }
    let rows = job.inputs.count * job.targets.count * job.layers.count
    forwards = rows * perTarget.forwards
    let live = network.graph.liveness
    let operations = network.graph.nodes.reduce(0.0) { sum, node in
      guard let operation = node.operation, live.isNeeded(node.value) else { return sum }
      let cost = operation.cost(node.inputs.map { network.graph[$0].shape })
      return sum + Double(cost.floatingPointOperations)
    }
    // A backward pass computes about as much as two forward passes.
    let passes = Double(forwards) + 2 * Double(rows * perTarget.backwards)
    seconds = passes * operations / device.expectedRate
    freeByteCount = job.folder.freeByteCount
  }
}
