import Execution
import Graphs
import Jobs
import Saliency
import Tensors

/// The state of a training run while it goes on: its beginning, its epochs and its end.
struct TrainingRun: ~Copyable {
  let job: TrainingJob
  let report: @Sendable (TrainingEvent) -> Void
  let trainer: Trainer
  let augmentation: (any BatchAugmentation)?
  var progress: TrainingState.Progress
  var pace = Pace()
  private var record: RunRecord
  private var journal: Journal
  private let validation: Validation
  private var maps: HostTensor<Float>?
  private var session: Session?
  private var unreadable: Set<String> = []
  private let start = ContinuousClock.now

  init(
    _ job: TrainingJob, _ record: RunRecord,
    _ report: @escaping @Sendable (TrainingEvent) -> Void
  ) async throws(Failure) {
    job.folder.removeLeftovers()
    let state = try job.earlierState()
    let parts = try await job.parts(state?.trainer)
    let progress = state?.progress ?? TrainingState.Progress()
    var record = record
    record.totals.inputs = job.training.set.samples.count + job.validation.set.samples.count
    record.totals.resumed = progress.epoch
    journal = try job.makeJournal(record, keeping: progress.epoch)
    (trainer, augmentation, validation) = parts
    self.progress = progress
    maps = state?.maps
    self.job = job
    self.report = report
    self.record = record
  }

  /// What came of the run so far.
  var outcome: TrainingOutcome {
    TrainingOutcome(
      epochCount: progress.epoch, bestEpoch: progress.best?.epoch,
      best: progress.best?.score ?? Score(), unreadableCount: unreadable.count)
  }

  /// Does all epochs that are left.
  mutating func work() async throws(Failure) {
    tell(job.training.set.unreadable + job.validation.set.unreadable)
    if progress.epoch > 0 || progress.batch > 0 {
      report(.resumed(epochs: progress.epoch, steps: progress.batch))
    }
    if maps == nil { maps = try await probeMaps() }
    while progress.epoch < job.schedule.epochs {
      let rate = try await learn()
      let (score, failures) = try await validation.score()
      tell(failures)
      let new = try await probeMaps()
      let isBest = progress.best.map { score.isBetter(than: $0.score) } ?? true
      let epoch = EpochRecord(
        epoch: progress.epoch + 1, stepCount: await trainer.stepCount, rate: rate,
        training: progress.score, validation: score, isBest: isBest,
        mapChange: maps.flatMap { old in new.flatMap { MapProbe.change(from: old, to: $0) } },
        unreadableCount: progress.unreadableCount, pace: pace)
      maps = new
      try await keep(epoch)
      report(.finished(epoch))
    }
  }

  /// Tells of files that cannot be used, of each once.
  mutating func tell(_ failures: [Failure]) {
    for failure in failures where unreadable.insert(failure.place).inserted {
      report(.unreadable(failure))
    }
  }

  private mutating func probeMaps() async throws(Failure) -> HostTensor<Float>? {
    guard let probe = job.probe else { return nil }
    let engine = Engine(
      network: job.model.blueprint.graph, parameters: trainer.parameters, backend: job.backend,
      options: probe.options)
    return try await probe.maps(on: engine, &session, batchSize: job.batchSize)
  }

  // MARK: - What is kept

  /// Writes what an epoch has made; the state comes last, so that whatever was stopped is done again.
  private mutating func keep(_ epoch: EpochRecord) async throws(Failure) {
    let learned: [ParameterName: HostTensor<Float>]
    do throws(TrainingError) {
      learned = try await trainer.weights()
    } catch {
      throw Failure(error, trainedOn: job.backend.name)
    }
    let file = job.model.file(learned)
    if epoch.isBest { try WholeFile.write(file, to: job.folder.file("best.safetensors")) }
    try WholeFile.write(file, to: job.folder.file("last.safetensors"))
    _ = try journal.add([epoch.line])
    let best = TrainingState.Best(epoch: epoch.epoch, score: epoch.validation)
    progress = TrainingState.Progress(
      epoch: epoch.epoch, best: epoch.isBest ? best : progress.best)
    try await writeState()
    record.totals.records += 1
    if let closing = job.closing {
      updateTotals()
      try closing(record)
      record.shown = RunRecord.Shown(pages: 1)
    }
  }

  private func writeState() async throws(Failure) {
    let snapshot: Trainer.Snapshot
    do throws(TrainingError) {
      snapshot = try await trainer.snapshot()
    } catch {
      throw Failure(error, trainedOn: job.backend.name)
    }
    let state = TrainingState(
      progress: progress, trainer: snapshot, maps: maps, pictures: job.pictures)
    try state.write(to: job.statePath)
  }

  /// Writes the last state of the run.
  mutating func finish(after failure: Failure?) async throws(Failure) {
    updateTotals()
    switch failure {
    case nil: record.status = .finished
    case let failure? where failure.kind == .interrupted:
      record.status = .interrupted
      try await writeState()
    case let failure?:
      record.status = .failed
      record.error = failure.description
    }
    try WholeFile.write(record.json.indented(), to: job.folder.runPath)
  }

  private mutating func updateTotals() {
    record.totals.failed = unreadable.count
    record.totals.done = record.totals.inputs - unreadable.count
    record.totals.effort.seconds = (ContinuousClock.now - start) / .seconds(1)
    record.totals.effort.bytes = job.folder.byteCount(
      of: OutputFolder.trainingFiles + [job.folder.records])
    record.totals.effort.deviceBytes = job.backend.peakByteCount
  }
}

extension TrainingJob {
  fileprivate var statePath: String { folder.file("state/state.safetensors") }

  /// What learns, what is done to its batches, and what judges it.
  fileprivate func parts(
    _ earlier: Trainer.Snapshot?
  ) async throws(Failure) -> (Trainer, (any BatchAugmentation)?, Validation) {
    let network = model.blueprint.graph
    do throws(TrainingError) {
      let trainer = try await Trainer(
        network, model.weights, options: options,
        capacity: min(batchSize, training.set.samples.count), on: backend)
      if let earlier { try await trainer.restore(earlier) }
      let judge = try await engine { () async throws(BackendError) in
        try await Validation(
          validation, network, trainer.parameters, batchSize: batchSize, on: backend)
      }
      return (trainer, try await augmentation?(trainer.parameters), judge)
    } catch {
      throw Failure(error, trainedOn: backend.name)
    }
  }

  /// What the run goes on from; nil where it begins.
  /// - Throws: `Failure` where that is damaged, or of other pictures.
  fileprivate func earlierState() throws(Failure) -> TrainingState? {
    guard folder.mode == .resume, Files.kind(of: statePath) == .file else { return nil }
    let state = try TrainingState(reading: statePath)
    guard state.pictures == pictures else {
      throw Failure(
        .usage, "--resume", "the pictures or their classes are not those of the run",
        try: "give the same DATA, or start over with --overwrite")
    }
    return state
  }

  /// Begins the records with those of the epochs that are done; what else an earlier run left goes.
  fileprivate func makeJournal(
    _ record: RunRecord, keeping epochs: Int
  ) throws(Failure) -> Journal {
    let lines = try folder.recordLines().filter { line in
      (JSONValue(parsing: line)?["epoch"]?.integer).map { $0 <= epochs } ?? false
    }
    if folder.mode == .overwrite {
      try folder.removeEarlierRun()
      folder.remove(Set(OutputFolder.trainingFiles))
    }
    try WholeFile.write(record.json.indented(), to: folder.runPath)
    return try Journal(folder.file(folder.records), keeping: lines)
  }
}
