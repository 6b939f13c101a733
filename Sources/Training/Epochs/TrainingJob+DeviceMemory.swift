import Execution
import Jobs
import Saliency

extension TrainingJob {
  /// The most bytes of device memory that the run takes at once, counted by going through it: two
  /// steps, the judging and the maps of its first and its last epoch, and of those where the size of
  /// the images changes; where augmentation draws pictures, other epochs may draw a few more.
  ///
  /// No picture is read, and the folder stays as it is; a run that is to go on is counted from its
  /// state. Of several ranks, each counts what it puts on its own device.
  /// - Parameter engine: counts, and does not compute.
  /// - Returns: bytes; nil where the engine does not count.
  /// - Throws: `Failure` where the run cannot be done, of kind `temporary` where memory is short.
  public func deviceByteCount(on engine: any Backend) async throws(Failure) -> Int? {
    // What is wrong with a state is said when the run begins.
    let state = try? earlierState()
    try await rehearsed(on: engine).rehearse(from: state)
    return engine.peakByteCount
  }

  /// The same run on another engine, with blank images and without the other ranks.
  private func rehearsed(on engine: any Backend) -> TrainingJob {
    var job = self
    job.backend = engine
    job.ranks = Ranks(rehearsing: ranks)
    job.training = training.blank()
    job.validation = validation.blank()
    job.windows = windows.map { WindowEpochs($0.count, $0.reader.blank(), $0.blueprint) }
    job.probe = probe.map { MapProbe($0.reader.blank(), $0.method, at: $0.layer, $0.options) }
    return job
  }

  private func rehearse(from state: TrainingState?) async throws(Failure) {
    var (trainer, augmentation, validation) = try await parts(state)
    var session: Session?
    if state?.maps == nil { _ = try await probeMaps(of: trainer, &session) }
    let (start, count) = (state?.progress ?? TrainingState.Progress(), schedule.epochs)
    let turns = windows.map { [$0.count - 1, $0.count] } ?? []
    for epoch in Set([start.epoch, count - 1] + turns).sorted()
    where epoch >= start.epoch && epoch < count {
      let progress = epoch == start.epoch ? start : TrainingState.Progress(epoch: epoch)
      if let next = try await self.trainer(in: progress, after: trainer) { trainer = next }
      try await rehearseSteps(behind: progress, trainer, augmentation)
      let upcoming = upcomingBatches(behind: epoch)
      await upcoming?.settle()
      try await validation.rehearse()
      _ = try await probeMaps(of: trainer, &session)
      _ = consume upcoming
    }
  }

  /// Two steps, the first of them one whose augmentation changes most pictures.
  private func rehearseSteps(
    behind progress: TrainingState.Progress, _ trainer: Trainer,
    _ augmentation: (any BatchAugmentation)?
  ) async throws(Failure) {
    let (epoch, first) = (progress.epoch, fullestBatch(behind: progress, augmentation))
    var queue = batches(epoch: epoch, from: first)
    for number in first..<first + 2 {
      guard let batch = try await queue.next() else { return }
      await queue.settle()
      do throws(TrainingError) {
        var parts: [Trainer.Part] = []
        for part in batch.parts where part.labels.count >= trainer.compiled.fewestOwnRows {
          guard let images = part.images else { continue }
          let place = place(of: part.samples, epoch: epoch, batch: number)
          let seen = try await augmentation?.augmented(images, labels: part.labels, at: place)
          parts.append(Trainer.Part(seen ?? images, labels: part.labels))
        }
        // Each part behind the second finds what the one before it has left.
        let used = Array(parts.prefix(2))
        if !used.isEmpty { _ = try await trainer.step(used, rate: 0) }
        withExtendedLifetime((batch, parts)) {}
      } catch {
        throw Failure(error, trainedOn: backend.name)
      }
    }
  }

  /// The first of the batches that are left of an epoch of whose parts one has more pictures that
  /// change than those of others; of the last two the first, so that another comes behind it.
  private func fullestBatch(
    behind progress: TrainingState.Progress, _ augmentation: (any BatchAugmentation)?
  ) -> Int {
    guard let augmentation else { return progress.batch }
    let (epoch, done) = (progress.epoch, progress.batch)
    let counts = order.batches(epoch: epoch).enumerated().dropFirst(done).map { number, places in
      ownParts(of: places).reduce(0) { most, part in
        max(most, augmentation.rows(at: place(of: part, epoch: epoch, batch: number)).count)
      }
    }
    let fullest = counts.max().flatMap { counts.firstIndex(of: $0) } ?? 0
    return done + max(0, min(fullest, counts.count - 2))
  }
}
