import Graphs
import Imaging
import Jobs
import Models
import Reports
import Saliency
import Salient
import Training

/// Everything that `train` and `finetune` know before the first step.
struct TrainingPlan {
  let choices: TrainingChoices
  let beginning: StartingNetwork.Beginning
  let device: DeviceInUse
  private(set) var job: TrainingJob
  let record: RunRecord

  /// Does what a verb was asked for.
  /// - Returns: the exit code.
  static func perform(_ choices: TrainingChoices) async throws(Failure) -> Int32 {
    try choices.folder.checkFree()
    let plan = try TrainingPlan(choices)
    if !choices.isQuiet { for line in plan.header { Terminal.note(line) } }
    try plan.checkSpace()
    try plan.job.checkFolder(against: plan.record)
    guard !choices.isDryRun else { return 0 }
    if let count = choices.previewCount {
      try PreviewFiles(in: choices.folder).write(await plan.job.preview(count))
      return 0
    }
    let report = TrainingReport(
      job: plan.job, isQuiet: choices.isQuiet, isJSON: choices.isJSON)
    return try await report.render(plan.record)
  }

  init(_ choices: TrainingChoices) throws(Failure) {
    self.choices = choices
    let set = try PictureSet(choices.data, outputFolder: choices.folder.path)
    beginning = try choices.start.begin(with: set, choices.preset, seed: choices.seed)
    let parts = try choices.parts(of: set.aligned(to: beginning.model.labels, of: "the model"))
    device = try Flags.device(
      choices.device, memory: choices.memory, kernels: choices.kernels)
    let readers = Readers(choices, beginning, device)
    job = try Self.job(choices, beginning.model, parts, readers, on: device)
    record = try Self.record(choices, beginning, device, job)
    let page = TrainingPage(in: choices.folder, facts: facts)
    job.closing = { record throws(Failure) in try page.write(record) }
  }

  private static func job(
    _ choices: TrainingChoices, _ model: TrainableModel,
    _ parts: (training: PictureSet, validation: PictureSet), _ readers: Readers,
    on device: DeviceInUse
  ) throws(Failure) -> TrainingJob {
    var job = TrainingJob(
      model, choices.options,
      Schedule(
        base: choices.rate, decay: choices.decay, warmUpEpochs: choices.warmUpEpochs,
        epochs: choices.epochs, stepsPerEpoch: 1),
      training: try readers.learning(parts.training),
      validation: try readers.judging(parts.validation), batchSize: choices.batchSize,
      folder: choices.folder, on: device.backend)
    if let options = choices.augment.options {
      job.augmentation = try readers.augmentation(options, of: model, on: device.backend)
    }
    if let path = choices.probe {
      let set = try PictureSet(path, outputFolder: choices.folder.path)
        .aligned(to: model.labels, of: "the model")
      job.probe = try readers.probe(set, model)
    }
    return job
  }

  private static func record(
    _ choices: TrainingChoices, _ beginning: StartingNetwork.Beginning, _ device: DeviceInUse,
    _ job: TrainingJob
  ) throws(Failure) -> RunRecord {
    var record = RunRecord(
      command: Terminal.commandLine,
      provenance: RunRecord.Provenance(
        version: Salient.version, device: device.name, driver: device.driver,
        precision: "fp32", modelPath: choices.start.name,
        modelSHA256: try choices.start.hash(), kernelHash: device.kernelHash,
        tuningHash: device.tuningHash),
      flags: choices.flags, seed: choices.seed,
      predicted: RunRecord.Effort(bytes: job.predictedByteCount, seconds: .nan))
    record.chosen = [
      .init("architecture", .string(job.model.blueprint.architecture.rawValue)),
      .init("weights", .string(beginning.note)),
      .init("labels", .array(job.model.labels.map(JSONValue.string))),
      .init("preset", .string(beginning.preset.origin)),
    ]
    record.preset = beginning.preset.json
    return record
  }

  /// Refuses what the disk cannot hold.
  private func checkSpace() throws(Failure) {
    let (wanted, folder) = (job.predictedByteCount, choices.folder)
    guard let free = folder.freeByteCount, wanted > free else { return }
    throw Failure(
      .inputOutput, folder.path,
      "\(Quantity.bytes(wanted)) to write, and \(Quantity.bytes(free)) free",
      try: "make room, or choose another folder with -o")
  }
}

extension TrainingChoices {
  /// The pictures to learn from, and those to judge by.
  fileprivate func parts(
    of set: PictureSet
  ) throws(Failure) -> (training: PictureSet, validation: PictureSet) {
    switch validation {
    case .share(let share): return try set.split(validationShare: share)
    case .folder(let path):
      let validation = try PictureSet(path, outputFolder: folder.path)
      return (set, try validation.aligned(to: set.classNames, of: set.path))
    }
  }
}
