import Execution
import Graphs
import Jobs
import Saliency
import Tensors

/// The state of a training run while it goes on: its beginning, its epochs and its end.
struct TrainingRun: FolderRun, ~Copyable {
  let job: TrainingJob
  let report: @Sendable (TrainingEvent) -> Void
  var trainer: Trainer
  let augmentation: (any BatchAugmentation)?
  var progress: TrainingState.Progress
  var pace = Pace()
  private var record: RunRecord
  /// The lines of the epochs; nil where another rank keeps the folder.
  private var journal: Journal?
  private let validation: Validation
  /// The batches of the next epoch; nil in the middle of one.
  var upcoming: BatchQueue?
  private var maps: HostTensor<Float>?
  private var session: Session?
  private var told: Set<String> = []
  private let start = ContinuousClock.now

  init(
    _ job: TrainingJob, _ record: RunRecord,
    _ report: @escaping @Sendable (TrainingEvent) -> Void
  ) async throws(Failure) {
    if job.ranks.isFirst { job.folder.removeLeftovers() }
    let state = try job.earlierState()
    let parts = try await job.parts(state)
    let progress = state?.progress ?? TrainingState.Progress()
    var record = record
    record.totals.inputs = job.fileCount
    record.totals.resumed = progress.epoch
    journal = try job.ranks.isFirst ? job.makeJournal(record, keeping: progress.epoch) : nil
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
      best: progress.best?.score ?? Score(), unreadableCount: progress.unreadable.count)
  }

  /// Does all epochs that are left.
  mutating func work() async throws(Failure) {
    try await job.ranks.agree(on: beginning)
    tell(job.sets.flatMap(\.unreadable))
    if progress.epoch > 0 || progress.batch > 0 {
      report(.resumed(epochs: progress.epoch, steps: progress.batch))
    }
    // Behind its last state a run may have been stopped before it drew.
    if progress.epoch > 0 { try draw() }
    if maps == nil { maps = try await probeMaps() }
    while progress.epoch < job.schedule.epochs {
      let (epoch, maps) = try await nextEpoch()
      try await keep(epoch, maps)
      report(.finished(epoch))
      try draw()
    }
    try await job.ranks.agree()
  }

  /// What must be the same on all ranks before the first step.
  private var beginning: String {
    let provenance = record.provenance
    let numbers = [progress.epoch, progress.batch, job.partCount].map(String.init)
    // Where things lie may differ from machine to machine; what they hold may not.
    let places: Set = ["data", "device", "validation", "probe"]
    let flags = job.folder.bindingFlags(of: record).filter { !places.contains($0.key) }
    let parts = [provenance.version, provenance.modelSHA256, job.pictures] + numbers
    return (parts + [JSONValue.object(flags).description]).joined(separator: " ")
  }

  /// Learns from all pictures once more, and looks at what came of it.
  private mutating func nextEpoch() async throws(Failure) -> (EpochRecord, HostTensor<Float>?) {
    if let next = try await job.trainer(in: progress, after: trainer) { trainer = next }
    let rate = try await learn()
    let (score, failures) = try await validation.score()
    tell(failures)
    guard score.loss.isFinite else { throw Failure.diverged(in: progress.epoch + 1) }
    let new = try await probeMaps()
    let epoch = EpochRecord(
      epoch: progress.epoch + 1, stepCount: await trainer.stepCount, rate: rate,
      training: progress.score, validation: score,
      isBest: progress.best.map { score.isBetter(than: $0.score) } ?? true,
      mapChange: maps.flatMap { old in new.flatMap { MapProbe.change(from: old, to: $0) } },
      unreadableCount: progress.unreadableCount, pace: pace)
    return (epoch, new)
  }

  /// Tells of files that cannot be used, of each once.
  mutating func tell(_ failures: [Failure]) {
    for failure in failures where told.insert(failure.place).inserted {
      progress.unreadable.insert(failure.place)
      report(.unreadable(failure))
    }
  }

  private mutating func probeMaps() async throws(Failure) -> HostTensor<Float>? {
    guard let (maps, failures) = try await job.probeMaps(of: trainer, &session) else { return nil }
    tell(failures)
    if !maps.elements.allSatisfy(\.isFinite) { report(.troubled(Failure.mapsNotFinite)) }
    return maps
  }

  // MARK: - What is kept

  /// Writes what an epoch has made; the state comes last, so that whatever was stopped is done again.
  private mutating func keep(
    _ epoch: EpochRecord, _ maps: HostTensor<Float>?
  ) async throws(Failure) {
    if job.ranks.isFirst {
      let snapshot = try await snapshot()
      let file = job.model.file(trainer.weights(of: snapshot))
      if epoch.isBest { try WholeFile.write(file, to: job.folder.file("best.safetensors")) }
      try WholeFile.write(file, to: job.folder.file("last.safetensors"))
      _ = try journal?.add([epoch.line])
      advance(behind: epoch, maps)
      try write(snapshot)
      record.totals.records += 1
    } else {
      advance(behind: epoch, maps)
    }
  }

  private mutating func advance(behind epoch: EpochRecord, _ maps: HostTensor<Float>?) {
    let best = TrainingState.Best(epoch: epoch.epoch, score: epoch.validation)
    self.maps = maps
    progress = TrainingState.Progress(
      epoch: epoch.epoch, unreadable: progress.unreadable,
      best: epoch.isBest ? best : progress.best)
  }

  /// Draws what shows the run from the files that are there.
  private mutating func draw() throws(Failure) {
    guard let closing = job.closing, job.ranks.isFirst else { return }
    updateTotals()
    try closing(record)
    record.shown = RunRecord.Shown(pages: 1)
  }

  private func snapshot() async throws(Failure) -> Trainer.Snapshot {
    do throws(TrainingError) {
      return try await trainer.snapshot()
    } catch {
      throw Failure(error, trainedOn: job.backend.name)
    }
  }

  private func write(_ snapshot: Trainer.Snapshot) throws(Failure) {
    let state = TrainingState(
      progress: progress, trainer: snapshot, maps: maps, pictures: job.pictures,
      partCount: job.partCount)
    try state.write(to: job.statePath)
  }

  /// Writes the last state of the run.
  mutating func finish(after failure: Failure?) async throws(Failure) {
    guard job.ranks.isFirst else { return }
    updateTotals()
    switch failure {
    case nil: record.status = .finished
    case let failure? where failure.kind == .interrupted:
      record.status = .interrupted
      try write(await snapshot())
    case let failure?:
      record.status = .failed
      record.error = failure.description
    }
    try WholeFile.write(record.json.indented(), to: job.folder.runPath)
  }

  private mutating func updateTotals() {
    record.totals.failed = progress.unreadable.count
    record.totals.done = record.totals.inputs - record.totals.failed
    record.totals.effort.seconds = (ContinuousClock.now - start) / .seconds(1)
    record.totals.effort.bytes = job.folder.byteCount(
      of: OutputFolder.trainingFiles + [job.folder.records])
    record.totals.effort.deviceBytes = job.backend.peakByteCount
  }
}
