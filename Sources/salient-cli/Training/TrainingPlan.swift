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
  /// The layer that maps are read at; nil where nothing reads one.
  let layer: Network.Layer?
  /// The bytes of device memory that a run takes; nil where nobody counts.
  let deviceByteCount: Int?
  /// The pictures that every epoch leaves out.
  let leftOutCount: Int
  private(set) var job: TrainingJob
  let record: RunRecord
  /// The devices of all ranks, in their order.
  private(set) var rankDevices: [String] = []

  /// Does what a verb was asked for.
  /// - Returns: the exit code.
  static func perform(_ choices: TrainingChoices) async throws(Failure) -> Int32 {
    try await RankedRun.perform { (ranks, place) async throws(Failure) in
      if ranks.isFirst { try choices.folder.checkFree() }
      var plan = try await TrainingPlan(choices, ranks, at: place)
      plan.rankDevices = try await ranks.gathered(plan.deviceName)
      return try await ranks.isFirst ? plan.lead() : plan.follow()
    }
  }

  /// What the first rank does: it speaks and writes.
  private func lead() async throws(Failure) -> Int32 {
    if !choices.isQuiet { for line in header { Terminal.note(line) } }
    try checkSpace()
    try await checkMemory()
    try await job.ranks.agree()
    guard !choices.isDryRun else { return 0 }
    if let count = choices.previewCount { return try await preview(count) }
    let report = TrainingReport(job: job, isQuiet: choices.isQuiet, isJSON: choices.isJSON)
    return try await report.render(record)
  }

  /// What the other ranks do.
  private func follow() async throws(Failure) -> Int32 {
    try await checkMemory()
    try await job.ranks.agree()
    guard !choices.isDryRun, choices.previewCount == nil else { return 0 }
    return TrainingReport.code(of: try await job.run(record) { _ in })
  }

  init(
    _ choices: TrainingChoices, _ ranks: Ranks, at place: RankEnvironment?
  ) async throws(Failure) {
    self.choices = choices
    let set = try PictureSet(choices.data, outputFolder: choices.folder.path)
    beginning = try choices.start.begin(with: set, choices.preset, seed: choices.seed)
    let parts = try choices.parts(of: set.aligned(to: beginning.model.labels, of: "the model"))
    let choice =
      if let place {
        try DeviceChoice(choices.device, at: place)
      } else {
        try DeviceChoice(choices.device)
      }
    device = try Flags.open(choice, memory: choices.memory, kernels: choices.kernels)
    let readers = try Readers(choices, beginning, device, at: place)
    job = try Self.job(choices, beginning.model, parts, readers, on: device, with: ranks)
    try job.check()
    leftOutCount = try job.leftOutCount()
    layer = readers.layer
    var record = try Self.record(choices, beginning, device, job, layer)
    // Before what is there is counted on.
    if ranks.isFirst { try job.checkFolder(against: record) }
    // A preview takes no step.
    let counting = choices.previewCount == nil ? device.rehearsal() : nil
    deviceByteCount =
      if let counting { try await job.deviceByteCount(on: counting) } else { nil }
    record.predicted.deviceBytes = deviceByteCount
    self.record = record
    let page = TrainingPage(in: choices.folder, facts: facts)
    job.closing = { record throws(Failure) in try page.write(record) }
  }

  private static func job(
    _ choices: TrainingChoices, _ model: TrainableModel,
    _ parts: (training: PictureSet, validation: PictureSet), _ readers: Readers,
    on device: DeviceInUse, with ranks: Ranks
  ) throws(Failure) -> TrainingJob {
    var job = TrainingJob(
      model, choices.options,
      Schedule(
        base: choices.rate, decay: choices.decay, warmUpEpochs: choices.warmUpEpochs,
        epochs: choices.epochs, stepsPerEpoch: 1),
      training: try readers.learning(parts.training),
      validation: try readers.judging(parts.validation), batchSize: choices.batchSize,
      accumulation: choices.accumulation, folder: choices.folder, on: device.backend, with: ranks)
    job.windows = try readers.windows(parts.training, of: model)
    if let options = choices.augment.options {
      job.augmentation = try readers.augmentation(options, of: model, on: device)
    }
    if let path = choices.probe {
      let set = try PictureSet(
        toProbe: path, outputFolder: choices.folder.path, classNames: model.labels)
      job.probe = try readers.probe(set)
    }
    return job
  }

  private static func record(
    _ choices: TrainingChoices, _ beginning: StartingNetwork.Beginning, _ device: DeviceInUse,
    _ job: TrainingJob, _ layer: Network.Layer?
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
      .init("layer", .text(layer?.name.text)), .init("augment", choices.augment.json),
      .init("ranks", .integer(job.ranks.count)), .init("parts", .integer(job.partCount)),
    ]
    record.preset = beginning.preset.json
    return record
  }

  /// Refuses what the device cannot hold: what would be put there ahead of its time can wait.
  private func checkMemory() async throws(Failure) {
    guard let limit = device.memory, let deviceByteCount, deviceByteCount > limit,
      let counting = device.rehearsal(memory: limit)
    else { return }
    do throws(Failure) {
      _ = try await job.deviceByteCount(on: counting)
    } catch  where error.kind == .temporary {
      throw Failure(
        .temporary, device.name,
        "the run takes about \(Quantity.binaryBytes(deviceByteCount)) of device memory, "
          + "\(Quantity.binaryBytes(deviceByteCount - limit)) more than may be used",
        try: "give a smaller --batch-size with --accumulate, a smaller --size"
          + (choices.memory == nil ? "" : ", or more --memory"))
    }
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
      let validation = try PictureSet(path, outputFolder: folder.path, ofKnownClasses: true)
      return (set, try validation.aligned(to: set.classNames, of: set.path))
    }
  }
}
